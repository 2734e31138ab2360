import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const src = fileURLToPath(new URL('./src', import.meta.url));

/** Where `npm run dev` finds the gateway. */
const gateway = process.env.MICROLEARN_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': src } },
  build: {
    target: 'es2022',
    // Fonts as data: URLs would break `default-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What most pages need comes in three files instead of forty crumbs, and React's, which
        // seldom changes, stays in the browser's cache across releases.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/, priority: 3 },
            { name: 'parts', test: /node_modules/, minShareCount: 4, priority: 2 },
            { name: 'shared', test: /src[\\/](shared|features)[\\/](?!.*locales)/, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: gateway, ws: true },
      '/auth': gateway,
      '/predictions': gateway,
    },
  },
  test: {
    // Most of what is tested is pure; a test of a component asks for jsdom in its first line.
    environment: 'node',
    // Tests of dialogues take seconds on a machine that is busy with a build.
    testTimeout: 20_000,
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
