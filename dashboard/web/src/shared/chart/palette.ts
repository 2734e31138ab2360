/** Okabe and Ito's hues in an order that keeps neighbours apart; the marks repeat after six. */
export const seriesColours = ['--ml-blue', '--ml-orange', '--ml-green', '--ml-pink', '--ml-red', '--ml-sky'] as const;
export const seriesColour = (index: number): string =>
  `var(${seriesColours[index % seriesColours.length] ?? '--ml-blue'})`;

/** One colour a name, stable while names are only added. */
export function colourByName(names: readonly string[]): (name: string) => string {
  const order = new Map(names.map((name, index) => [name, index]));
  return (name) => seriesColour(order.get(name) ?? 0);
}
