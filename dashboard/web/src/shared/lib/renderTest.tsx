import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { startI18n } from '../i18n';

/** What Mantine asks of a browser and jsdom lacks. */
function completeBrowser(): void {
  const nothing = (): void => undefined;
  Object.defineProperty(window, 'matchMedia', {
    configurable: true,
    value: (media: string) => ({ matches: false, media, addEventListener: nothing, removeEventListener: nothing }),
  });
  Object.defineProperty(window, 'ResizeObserver', {
    configurable: true,
    value: class {
      observe = nothing;
      unobserve = nothing;
      disconnect = nothing;
    },
  });
}

const Mantine = ({ children }: { children: ReactNode }) => <MantineProvider env="test">{children}</MantineProvider>;

/** Renders a component as the app does, in French. */
export async function renderTest(content: ReactNode) {
  completeBrowser();
  await startI18n('fr');
  return render(content, { wrapper: Mantine });
}
