import { DirectionProvider, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { RouterProvider } from 'react-router';
import { languageOf, languages } from '@/shared/i18n/languages';
import { queryClient } from './queryClient';
import { router } from './router';
import { theme } from './theme';

export function App() {
  const { i18n } = useTranslation();
  const { dir } = languages[languageOf(i18n.language)];
  return (
    <DirectionProvider key={dir} initialDirection={dir}>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Notifications position="bottom-right" />
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}
