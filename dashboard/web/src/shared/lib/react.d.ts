import 'react';

declare module 'react' {
  // An interface must be merged with; a record cannot be.
  // eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style
  interface CSSProperties {
    [variable: `--${string}`]: string | number | undefined;
  }
}
