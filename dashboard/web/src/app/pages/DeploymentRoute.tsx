import { useParams } from 'react-router';
import { DeploymentPage } from '@/features/deployments/DeploymentPage';

export function Component() {
  const { name = '' } = useParams();
  return <DeploymentPage key={name} name={name} />;
}
