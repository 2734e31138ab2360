import { createBrowserRouter } from 'react-router';
import { Guard } from './Guard';
import { RouteError } from './pages/RouteError';

/** Each page is a chunk of its own; the first visit loads only the one it shows. */
export const router = createBrowserRouter([
  {
    path: '/login',
    hydrateFallbackElement: <></>,
    lazy: () => import('./pages/LoginRoute'),
    errorElement: <RouteError />,
  },
  {
    element: <Guard />,
    hydrateFallbackElement: <></>,
    errorElement: <RouteError />,
    children: [
      { index: true, lazy: () => import('./pages/HomeRoute') },
      { path: 'datasets', lazy: () => import('./pages/DatasetsRoute') },
      { path: 'datasets/:id', lazy: () => import('./pages/DatasetRoute') },
      { path: 'pipelines/:id', lazy: () => import('./pages/PipelineRoute') },
      { path: 'deployments', lazy: () => import('./pages/DeploymentsRoute') },
      { path: 'deployments/:name', lazy: () => import('./pages/DeploymentRoute') },
      { path: 'account', lazy: () => import('./pages/AccountRoute') },
      { path: '*', lazy: () => import('./pages/NotFoundRoute') },
    ],
  },
]);
