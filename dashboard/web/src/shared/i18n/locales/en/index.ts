import account from './account.json';
import codes from './codes.json';
import common from './common.json';
import datasets from './datasets.json';
import deployments from './deployments.json';
import models from './models.json';
import pipelines from './pipelines.json';

export default { account, codes, common, datasets, deployments, models, pipelines };
