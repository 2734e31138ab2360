/** The endpoint name nearest to `text`: lower-case letters, digits and single hyphens, as in host names. */
export const nameFrom = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '') || 'model';
