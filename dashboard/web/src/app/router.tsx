import { createBrowserRouter } from 'react-router';
import { Guard } from './Guard';
import { Waiting } from './layout/Waiting';
import { loadPage } from './loadPage';
import { RouteError } from './pages/RouteError';

/** Each page is a chunk of its own; the first visit loads only the one it shows. */
export const router = createBrowserRouter([
  {
    path: '/login',
    hydrateFallbackElement: <></>,
    lazy: () => loadPage(() => import('./pages/LoginRoute')),
    errorElement: <RouteError />,
  },
  {
    element: <Guard />,
    hydrateFallbackElement: <Waiting />,
    errorElement: <RouteError />,
    children: [
      { index: true, lazy: () => loadPage(() => import('./pages/HomeRoute')) },
      { path: 'datasets', lazy: () => loadPage(() => import('./pages/DatasetsRoute')) },
      { path: 'datasets/:id', lazy: () => loadPage(() => import('./pages/DatasetRoute')) },
      { path: 'pipelines/:id', lazy: () => loadPage(() => import('./pages/PipelineRoute')) },
      { path: 'deployments', lazy: () => loadPage(() => import('./pages/DeploymentsRoute')) },
      { path: 'deployments/:name', lazy: () => loadPage(() => import('./pages/DeploymentRoute')) },
      { path: 'courses', lazy: () => loadPage(() => import('./pages/CoursesRoute')) },
      { path: 'courses/:id', lazy: () => loadPage(() => import('./pages/CourseRoute')) },
      { path: 'people', lazy: () => loadPage(() => import('./pages/PeopleRoute')) },
      { path: 'people/import', lazy: () => loadPage(() => import('./pages/ImportRoute')) },
      { path: 'audit', lazy: () => loadPage(() => import('./pages/AuditRoute')) },
      { path: 'account', lazy: () => loadPage(() => import('./pages/AccountRoute')) },
      { path: '*', lazy: () => loadPage(() => import('./pages/NotFoundRoute')) },
    ],
  },
]);
