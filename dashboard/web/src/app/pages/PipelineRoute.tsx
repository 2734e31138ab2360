import { useParams } from 'react-router';
import { DeployButton } from '@/features/deployments/DeployButton';
import { nameFrom } from '@/features/deployments/name';
import { EvaluationView } from '@/features/models/EvaluationView';
import { Leaderboard } from '@/features/models/Leaderboard';
import { PipelinePage } from '@/features/pipelines/run/PipelinePage';
import { ShareAction } from './ShareAction';

export function Component() {
  const { id = '' } = useParams();
  return (
    <PipelinePage
      key={id}
      id={id}
      leaderboard={(pipeline) => (
        <Leaderboard
          pipeline={pipeline}
          rowAction={(row) =>
            row.rank === null ? null : (
              <DeployButton
                modelId={row.model_id}
                suggestedName={pipeline.deployment?.name ?? nameFrom(pipeline.dataset_name)}
              />
            )
          }
        />
      )}
      evaluation={(pipeline) => <EvaluationView pipeline={pipeline} />}
      share={(pipeline) => (
        <ShareAction thing={{ noun: 'pipelines', id }} name={pipeline.name} ownerId={pipeline.owner_id} />
      )}
    />
  );
}
