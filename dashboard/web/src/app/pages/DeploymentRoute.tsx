import { useParams } from 'react-router';
import { DeploymentPage } from '@/features/deployments/DeploymentPage';
import { ModelName } from '@/features/models/ModelName';

export function Component() {
  const { name = '' } = useParams();
  return (
    <DeploymentPage
      key={name}
      name={name}
      model={(version) => <ModelName modelId={version.model_id} pipelineId={version.pipeline_id} />}
    />
  );
}
