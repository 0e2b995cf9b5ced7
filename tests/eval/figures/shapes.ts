/** The attributes of every element of a name in an SVG, in their order. */
export function elements(svg: string, name: string): Record<string, string>[] {
  return [...svg.matchAll(new RegExp(`<${name}((?: [\\w-]+="[^"]*")*)/?>`, "g"))].map((match) =>
    Object.fromEntries(
      [...match[1].matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    )
  );
}

/** The texts of an SVG, in their order. */
export function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
}

/** The points of a path of straight lines. */
export function points(path: string): [x: number, y: number][] {
  return path.slice(1).replace("Z", "").split("L").map((point) => {
    const [x, y] = point.split(" ").map(Number);
    return [x, y];
  });
}
