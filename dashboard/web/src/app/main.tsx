import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@/shared/ui/tokens.css';
import '@/shared/ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startI18n } from '@/shared/i18n';
import { App } from './App';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');
// Texts first: a page must not flash its keys.
await startI18n();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
