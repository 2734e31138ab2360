import account from './account.json';
import audit from './audit.json';
import codes from './codes.json';
import common from './common.json';
import courses from './courses.json';
import datasets from './datasets.json';
import deployments from './deployments.json';
import models from './models.json';
import people from './people.json';
import pipelines from './pipelines.json';
import quotas from './quotas.json';
import sharing from './sharing.json';

export default {
  account,
  audit,
  codes,
  common,
  courses,
  datasets,
  deployments,
  models,
  people,
  pipelines,
  quotas,
  sharing,
};
