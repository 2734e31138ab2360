/** Okabe and Ito's hues in an order that keeps neighbours apart; the marks repeat after nine. */
export const seriesColours = [
  '--ml-blue',
  '--ml-orange',
  '--ml-green',
  '--ml-pink',
  '--ml-red',
  '--ml-sky',
  '--ml-purple',
  '--ml-brown',
  '--ml-grey',
] as const;
export const seriesColour = (index: number): string =>
  `var(${seriesColours[index % seriesColours.length] ?? '--ml-blue'})`;

/** One colour a name, stable while names are only added. */
export function colourByName(names: readonly string[]): (name: string) => string {
  const order = new Map(names.map((name, index) => [name, index]));
  return (name) => seriesColour(order.get(name) ?? 0);
}

/**
 * An algorithm has one colour on all pages, whichever others stand beside it. Logistic regression and the
 * elastic net share one: they never meet, since one learns classes and the other numbers.
 */
const algorithmColours: Record<string, string> = {
  gradient_boosting: '--ml-blue',
  logistic: '--ml-orange',
  knn: '--ml-green',
  random_forest: '--ml-pink',
  extra_trees: '--ml-red',
  mlp: '--ml-sky',
  elastic_net: '--ml-orange',
  kernel_ridge: '--ml-brown',
  ensemble: '--ml-purple',
  baseline: '--ml-grey',
};

/** A colour for each algorithm; one that has none of its own gets one that is still free. */
export function colourByAlgorithm(names: readonly string[]): (name: string) => string {
  const taken = new Set(names.map((name) => algorithmColours[name]));
  const free = seriesColours.filter((colour) => !taken.has(colour));
  const others = names.filter((name) => !(name in algorithmColours));
  return (name) => {
    const own = algorithmColours[name] ?? free[Math.max(0, others.indexOf(name)) % Math.max(1, free.length)];
    return `var(${own ?? '--ml-text'})`;
  };
}
