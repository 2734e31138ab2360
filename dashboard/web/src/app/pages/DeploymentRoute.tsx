import { useParams } from 'react-router';
import { DeploymentPage } from '@/features/deployments/DeploymentPage';
import { ModelName } from '@/features/models/ModelName';
import { ShareAction } from './ShareAction';

export function Component() {
  const { name = '' } = useParams();
  return (
    <DeploymentPage
      key={name}
      name={name}
      model={(version) => <ModelName modelId={version.model_id} pipelineId={version.pipeline_id} />}
      share={(deployment) => (
        <ShareAction thing={{ noun: 'deployments', id: name }} name={name} ownerId={deployment.owner_id} />
      )}
    />
  );
}
