export { DeploymentsPage as Component } from '@/features/deployments/DeploymentsPage';
