const day = /^\d{4}-\d\d-\d\d$/;

/** The moment at which a day begins where the reader is, `later` days after it; null for what is no day. */
export function beginOf(text: string, later = 0): string | null {
  const moment = new Date(`${text}T00:00:00`);
  if (!day.test(text) || Number.isNaN(moment.getTime())) return null;
  moment.setDate(moment.getDate() + later);
  return moment.toISOString();
}
