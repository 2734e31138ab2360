/** `crypto.randomUUID` exists only on HTTPS and localhost, and a school's server is often neither. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
