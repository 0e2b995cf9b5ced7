/**
 * The places of the generated world, drawn as SVG with variation.
 *
 * @module
 */
import { Random } from "./random.ts";

/** A place. */
export interface Place {
  readonly name: string;
  /** What is said of something that is there; the commonest first. */
  readonly phrases: readonly string[];
  /** Whether one sees the sky there, and so whether it is day or night. */
  readonly outdoors: boolean;
  /** Draws the picture inside of a square of 100 × 100. */
  readonly paint: (random: Random, night: boolean) => string;
}

const gradient = (id: string, top: string, bottom: string) =>
  `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/>` +
  `<stop offset="1" stop-color="${bottom}"/></linearGradient>`;

const rect = (x: number, y: number, w: number, h: number, fill: string, opacity = 1) =>
  `<rect x="${f(x)}" y="${f(y)}" width="${f(w)}" height="${f(h)}" fill="${fill}"` +
  `${opacity < 1 ? ` opacity="${f(opacity)}"` : ""}/>`;

const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, opacity = 1) =>
  `<ellipse cx="${f(x)}" cy="${f(y)}" rx="${f(rx)}" ry="${f(ry)}" fill="${fill}"` +
  `${opacity < 1 ? ` opacity="${f(opacity)}"` : ""}/>`;

const path = (d: string, fill: string) => `<path d="${d}" fill="${fill}"/>`;

const line = (d: string, stroke: string, width: number, opacity = 1) =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${f(width)}" opacity="${
    f(opacity)
  }"/>`;

const f = (value: number) => +value.toFixed(2);

/** A colour whose lightness and hue are a little off, [h, s, l] in degrees and percent. */
function near(random: Random, h: number, s: number, l: number): string {
  const [dh, ds, dl] = [random.between(-9, 9), random.between(-9, 9), random.between(-7, 7)];
  return hsl(h + dh, s + ds, l + dl);
}

function hsl(h: number, s: number, l: number): string {
  const [sat, light] = [clamp(s) / 100, clamp(l) / 100];
  const a = sat * Math.min(light, 1 - light);
  const channel = (n: number) => {
    const k = (n + h / 30 + 12) % 12;
    const value = light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255).toString(16).padStart(2, "0");
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

const clamp = (value: number) => Math.max(0, Math.min(100, value));

const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: Math.round(count) }, (_, i) => make(i)).join("");

function sky(random: Random, night: boolean, horizon: number): string {
  if (night) {
    const moon = [random.between(10, 90), random.between(6, 20)];
    return `<defs>${gradient("sky", near(random, 232, 60, 12), near(random, 235, 45, 24))}</defs>` +
      rect(0, 0, 100, horizon + 1, "url(#sky)") +
      times(30, () =>
        ellipse(
          random.between(0, 100),
          random.between(0, horizon),
          random.between(0.3, 0.8),
          random.between(0.3, 0.8),
          "#ffffff",
          random.between(0.5, 1),
        )) +
      ellipse(moon[0], moon[1], 5, 5, "#f4f0d0");
  }
  return `<defs>${gradient("sky", near(random, 208, 75, 62), near(random, 205, 70, 84))}</defs>` +
    rect(0, 0, 100, horizon + 1, "url(#sky)") +
    times(random.below(4), () => {
      const [x, y, r] = [random.between(0, 100), random.between(4, horizon * 0.6), 4];
      return ellipse(x, y, r * 2, r * 0.8, "#ffffff", 0.8) +
        ellipse(x + r, y - r / 2, r, r * 0.8, "#ffffff", 0.8);
    });
}

function hills(random: Random, y: number, height: number, fill: string): string {
  let d = `M-10 100L-10 ${f(y)}`;
  for (let x = -10; x < 110;) {
    const next = x + random.between(18, 40);
    const top = y - random.between(0.2, 1) * height;
    d += `Q${f((x + next) / 2)} ${f(top - height * 0.6)} ${f(next)} ${
      f(y - random.between(0, 0.4) * height)
    }`;
    x = next;
  }
  return path(`${d}L120 100Z`, fill);
}

function specks(random: Random, count: number, top: number, fills: readonly string[], r: number) {
  return times(count, () => {
    const y = random.between(top, 100);
    const size = r * (0.4 + (y - top) / (100 - top));
    return ellipse(random.between(0, 100), y, size, size * 0.7, random.pick(fills), 0.8);
  });
}

function fir(x: number, base: number, height: number, fill: string): string {
  const w = height * 0.28;
  return rect(x - height * 0.03, base - height * 0.15, height * 0.06, height * 0.15, "#5a3d28") +
    times(3, (i) => {
      const top = base - height + i * height * 0.24;
      const half = w * (0.55 + i * 0.22);
      return path(
        `M${f(x)} ${f(top)}L${f(x + half)} ${f(top + height * 0.4)}L${f(x - half)} ${
          f(top + height * 0.4)
        }Z`,
        fill,
      );
    });
}

/** The ground's lightness by day and by night. */
const shade = (night: boolean, light: number) => night ? light * 0.42 : light;

/** Every place. */
export const PLACES: readonly Place[] = [
  {
    name: "beach",
    phrases: ["on a beach", "on the sand", "at the seaside"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(30, 42);
      const shore = horizon + random.between(12, 22);
      const water = near(random, 195, 70, shade(night, 50));
      return sky(random, night, horizon) + rect(0, horizon, 100, 100 - horizon, water) +
        times(7, () => {
          const [x, y] = [random.between(-5, 95), random.between(horizon + 2, shore)];
          return line(`M${f(x)} ${f(y)}q4 -2 8 0t8 0`, "#ffffff", 0.7, 0.5);
        }) +
        hills(random, shore + 3, 4, "#ffffff") +
        hills(random, shore + 6, 4, near(random, 43, 65, shade(night, 74))) +
        specks(random, 50, shore + 8, [hsl(40, 45, shade(night, 60)), "#ffffff"], 0.8);
    },
  },
  {
    name: "forest",
    phrases: ["in a forest", "in the woods", "among trees"],
    outdoors: true,
    paint: (random, night) => {
      const ground = random.between(62, 74);
      const back = near(random, 140, 30, shade(night, 42));
      return sky(random, night, ground) +
        times(
          14,
          (i) => fir(i * 8 + random.between(-4, 4), ground + 2, random.between(40, 62), back),
        ) +
        times(7, (i) =>
          fir(
            i * 16 + random.between(-7, 7),
            ground + random.between(3, 9),
            random.between(48, 78),
            near(random, 135, 45, shade(night, 27)),
          )) +
        hills(random, ground + 6, 5, near(random, 110, 35, shade(night, 33))) +
        specks(random, 40, ground + 8, [hsl(120, 40, shade(night, 45)), hsl(30, 40, 25)], 1.2);
    },
  },
  {
    name: "desert",
    phrases: ["in a desert", "among sand dunes"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(38, 52);
      return sky(random, night, horizon + 8) +
        hills(random, horizon + 8, 14, near(random, 30, 60, shade(night, 62))) +
        hills(random, horizon + 22, 14, near(random, 28, 65, shade(night, 54))) +
        hills(random, horizon + 38, 14, near(random, 25, 65, shade(night, 47))) +
        times(9, () => {
          const [x, y] = [random.between(-5, 90), random.between(horizon + 20, 96)];
          return line(`M${f(x)} ${f(y)}q6 -3 12 0t12 0`, hsl(22, 60, shade(night, 38)), 0.8, 0.6);
        });
    },
  },
  {
    name: "snow",
    phrases: ["in the snow", "on snowy ground"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(40, 55);
      const white = night ? near(random, 225, 30, 62) : near(random, 210, 30, 94);
      return sky(random, night, horizon + 5) +
        hills(random, horizon + 5, 12, night ? hsl(225, 28, 48) : hsl(210, 35, 86)) +
        times(
          4,
          () =>
            fir(
              random.between(0, 100),
              horizon + random.between(6, 12),
              random.between(14, 26),
              night ? "#2b3d55" : "#7fa3a8",
            ),
        ) +
        hills(random, horizon + 16, 8, white) +
        times(
          70,
          () => ellipse(random.between(0, 100), random.between(0, 100), 0.9, 0.9, "#ffffff", 0.9),
        );
    },
  },
  {
    name: "city",
    phrases: ["in a city", "on a city street", "in town"],
    outdoors: true,
    paint: (random, night) => {
      const ground = random.between(72, 80);
      let x = -3, houses = "";
      while (x < 100) {
        const w = random.between(12, 22), h = random.between(24, 62);
        houses += rect(
          x,
          ground - h,
          w,
          h,
          near(random, random.pick([10, 30, 210, 230]), 20, shade(night, 52)),
        );
        for (let wy = ground - h + 3; wy < ground - 6; wy += 6.5) {
          for (let wx = x + 2; wx < x + w - 3; wx += 5) {
            const lit = night && random.chance(0.55);
            houses += rect(wx, wy, 2.8, 3.6, lit ? "#ffdf70" : night ? "#1c2233" : "#cfe4f2");
          }
        }
        x += w + random.between(0, 2);
      }
      return sky(random, night, ground) + houses +
        rect(0, ground, 100, 4, hsl(220, 5, shade(night, 68))) +
        rect(0, ground + 4, 100, 40, hsl(220, 6, shade(night, 38))) +
        times(5, (i) => rect(i * 22 + 3, ground + 12, 11, 1.6, "#e8e4d0", 0.9));
    },
  },
  {
    name: "under water",
    phrases: ["under water", "under the sea"],
    outdoors: false,
    paint: (random) => {
      const floor = random.between(80, 90);
      return `<defs>${gradient("w", near(random, 190, 75, 55), near(random, 215, 80, 24))}</defs>` +
        rect(0, 0, 100, 100, "url(#w)") +
        times(5, () => {
          const x = random.between(-10, 100);
          return `<path d="M${f(x)} 0l8 0l-16 100l-14 0Z" fill="#ffffff" opacity="0.09"/>`;
        }) +
        hills(random, floor, 6, near(random, 42, 35, 45)) +
        times(9, () => {
          const [x, h] = [random.between(0, 100), random.between(12, 34)];
          return line(
            `M${f(x)} 100q${f(h / 5)} ${f(-h / 4)} 0 ${f(-h / 2)}t0 ${f(-h / 2)}`,
            near(random, 145, 50, 30),
            2,
          );
        }) +
        times(22, () => {
          const r = random.between(0.6, 2);
          return `<circle cx="${f(random.between(0, 100))}" cy="${f(random.between(0, 95))}" r="${
            f(r)
          }" fill="none" stroke="#d8f4ff" stroke-width="0.5" opacity="0.8"/>`;
        });
    },
  },
  {
    name: "space",
    phrases: ["in space", "in outer space"],
    outdoors: false,
    paint: (random) =>
      rect(0, 0, 100, 100, near(random, 255, 45, 8)) +
      times(4, () =>
        ellipse(
          random.between(0, 100),
          random.between(0, 100),
          random.between(15, 35),
          random.between(8, 20),
          near(random, random.pick([280, 220, 320]), 60, 30),
          0.22,
        )) +
      times(80, () => {
        const r = random.between(0.2, 0.8);
        return ellipse(
          random.between(0, 100),
          random.between(0, 100),
          r,
          r,
          random.pick(["#fff", "#ffe9b0", "#bcd4ff"]),
        );
      }) +
      times(1 + random.below(2), () => {
        const [x, y, r] = [random.between(5, 95), random.between(5, 95), random.between(5, 12)];
        const fill = near(random, random.pick([20, 190, 290, 50]), 45, 52);
        return ellipse(x, y, r, r, fill) +
          ellipse(x - r / 3, y - r / 3, r / 3, r / 4, "#fff", 0.2) +
          line(
            `M${f(x - r * 1.6)} ${f(y + 2)}Q${f(x)} ${f(y + r)} ${f(x + r * 1.6)} ${f(y - 2)}`,
            "#d9c7a0",
            1,
            0.8,
          );
      }),
  },
  {
    name: "meadow",
    phrases: ["in a meadow", "on the grass", "among flowers"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(32, 46);
      return sky(random, night, horizon) +
        hills(random, horizon + 4, 8, near(random, 115, 40, shade(night, 52))) +
        hills(random, horizon + 14, 6, near(random, 100, 50, shade(night, 46))) +
        times(60, () => {
          const [x, y] = [random.between(0, 100), random.between(horizon + 16, 100)];
          return line(`M${f(x)} ${f(y)}l1 -3`, hsl(105, 50, shade(night, 32)), 0.6);
        }) +
        specks(random, 45, horizon + 14, ["#ffffff", "#ffd93b", "#ff7bac", "#c86bff"], 1.5);
    },
  },
  {
    name: "room",
    phrases: ["in a room", "indoors", "in a living room"],
    outdoors: false,
    paint: (random) => {
      const floor = random.between(68, 78);
      const wall = near(random, random.pick([40, 200, 100, 340]), 30, 78);
      const wood = near(random, 28, 45, 45);
      const x = random.between(8, 60);
      return rect(0, 0, 100, floor, wall) +
        rect(0, floor, 100, 40, wood) +
        times(6, (i) => rect(0, floor + 2 + i * 5, 100, 0.6, hsl(25, 45, 32))) +
        rect(0, floor - 2.5, 100, 2.5, "#f5f1ea") +
        rect(x, 14, 26, 30, "#ffffff") + rect(x + 2, 16, 10, 26, "#a9d8f5") +
        rect(x + 14, 16, 10, 26, "#a9d8f5") +
        rect(x - 5, 12, 5, 38, near(random, 350, 45, 55)) +
        rect(x + 26, 12, 5, 38, near(random, 350, 45, 55)) +
        ellipse(
          random.between(20, 80),
          floor + 14,
          32,
          7,
          near(random, random.pick([0, 220, 280]), 40, 55),
          0.9,
        );
    },
  },
  {
    name: "mountains",
    phrases: ["in the mountains", "in front of mountains"],
    outdoors: true,
    paint: (random, night) => {
      const base = random.between(66, 76);
      const peak = (x: number, h: number, w: number) => {
        const fill = near(random, 225, 14, shade(night, 50));
        return path(
          `M${f(x - w)} ${f(base + 3)}L${f(x)} ${f(base - h)}L${f(x + w)} ${f(base + 3)}Z`,
          fill,
        ) +
          path(
            `M${f(x - w * 0.3)} ${f(base - h * 0.7)}L${f(x)} ${f(base - h)}L${f(x + w * 0.3)} ${
              f(base - h * 0.7)
            }L${f(x + w * 0.1)} ${f(base - h * 0.62)}L${f(x)} ${f(base - h * 0.7)}L${
              f(x - w * 0.14)
            } ${f(base - h * 0.6)}Z`,
            night ? "#9aa6c4" : "#ffffff",
          );
      };
      return sky(random, night, base) +
        times(
          5,
          (i) =>
            peak(i * 25 + random.between(-8, 8), random.between(32, 58), random.between(18, 30)),
        ) +
        hills(random, base + 5, 7, near(random, 130, 22, shade(night, 36))) +
        specks(random, 20, base + 10, [
          hsl(220, 8, shade(night, 55)),
          hsl(220, 8, shade(night, 40)),
        ], 2);
    },
  },
  {
    name: "river",
    phrases: ["by a river", "at a river bank"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(30, 42);
      const [a, b, lean] = [
        random.between(42, 56),
        random.between(20, 30),
        random.between(-18, 18),
      ];
      const blue = near(random, 205, 65, shade(night, 52));
      return sky(random, night, horizon) +
        rect(0, horizon, 100, 100, near(random, 95, 42, shade(night, 42))) +
        path(
          `M${f(a)} ${f(horizon)}C${f(a + lean + 10)} ${f(horizon + 18)} ${f(a - lean - 20)} ${
            f(horizon + 25)
          } ${f(b)} 100L${f(b + 52)} 100C${f(a - lean + 22)} ${f(horizon + 30)} ${
            f(a + lean + 28)
          } ${f(horizon + 15)} ${f(a + 6)} ${f(horizon)}Z`,
          blue,
        ) +
        times(8, () => {
          const y = random.between(horizon + 20, 98);
          return line(`M${f(random.between(30, 60))} ${f(y)}q3 -1.6 6 0t6 0`, "#ffffff", 0.7, 0.6);
        }) +
        specks(random, 18, horizon + 8, [hsl(110, 45, shade(night, 30))], 2.4);
    },
  },
  {
    name: "wheat field",
    phrases: ["in a wheat field", "in a field of wheat"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(34, 46);
      const vanish = random.between(30, 70);
      return sky(random, night, horizon) +
        rect(0, horizon, 100, 100, near(random, 46, 75, shade(night, 55))) +
        times(
          15,
          (i) =>
            line(
              `M${f(vanish + (i - 7) * 1.5)} ${f(horizon)}L${f(vanish + (i - 7) * 16)} 100`,
              hsl(38, 70, shade(night, 40)),
              1.3,
              0.8,
            ),
        ) +
        times(90, () => {
          const [x, y] = [random.between(0, 100), random.between(horizon + 5, 100)];
          return line(`M${f(x)} ${f(y)}l0.8 -4`, hsl(50, 85, shade(night, 68)), 0.8, 0.9);
        });
    },
  },
  {
    name: "road",
    phrases: ["on a road", "on a highway"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(32, 44);
      const vanish = random.between(40, 60);
      return sky(random, night, horizon) +
        rect(0, horizon, 100, 100, near(random, random.pick([95, 60, 35]), 35, shade(night, 48))) +
        path(
          `M${f(vanish - 2)} ${f(horizon)}L-12 100L112 100L${f(vanish + 2)} ${f(horizon)}Z`,
          near(random, 225, 6, shade(night, 40)),
        ) +
        times(5, (i) => {
          const [t, u] = [(i / 5) ** 1.6, ((i + 0.5) / 5) ** 1.6];
          const at = (s: number, w: number) =>
            `${f(vanish + (50 - vanish) * s + w * s)} ${f(horizon + (100 - horizon) * s)}`;
          return path(`M${at(t, -3)}L${at(t, 3)}L${at(u, 3)}L${at(u, -3)}Z`, "#f6e27a");
        });
    },
  },
  {
    name: "cave",
    phrases: ["in a cave", "inside a cave"],
    outdoors: false,
    paint: (random) => {
      const rock = near(random, 25, 18, 22);
      const spike = (up: boolean) => {
        const [x, w, h] = [random.between(0, 100), random.between(3, 8), random.between(8, 28)];
        return up
          ? path(`M${f(x - w)} 100L${f(x)} ${f(100 - h)}L${f(x + w)} 100Z`, rock)
          : path(`M${f(x - w)} 0L${f(x)} ${f(h)}L${f(x + w)} 0Z`, rock);
      };
      return rect(0, 0, 100, 100, rock) +
        ellipse(random.between(40, 60), random.between(48, 58), 46, 40, near(random, 28, 22, 36)) +
        ellipse(random.between(40, 60), random.between(48, 60), 26, 24, near(random, 30, 25, 46)) +
        times(12, () => spike(false)) + times(9, () => spike(true));
    },
  },
  {
    name: "volcano",
    phrases: ["near a volcano", "among lava"],
    outdoors: false,
    paint: (random) => {
      const base = random.between(70, 78), x = random.between(35, 65);
      return `<defs>${gradient("v", near(random, 350, 40, 18), near(random, 18, 75, 42))}</defs>` +
        rect(0, 0, 100, 100, "url(#v)") +
        path(
          `M${f(x - 46)} ${f(base + 4)}L${f(x - 9)} 28L${f(x + 9)} 28L${f(x + 46)} ${f(base + 4)}Z`,
          near(random, 10, 15, 20),
        ) +
        path(
          `M${f(x - 9)} 28L${f(x + 9)} 28L${f(x + 5)} 44L${f(x + 1)} 36L${f(x - 4)} 50Z`,
          "#ff7a1c",
        ) +
        hills(random, base + 6, 5, near(random, 10, 20, 14)) +
        times(6, () => {
          const [lx, y] = [random.between(-5, 80), random.between(base + 8, 97)];
          return line(
            `M${f(lx)} ${f(y)}q8 -3 14 0t16 1`,
            random.pick(["#ff8c1a", "#ffb52e", "#ff5a1a"]),
            2,
          );
        }) +
        times(
          14,
          () => ellipse(x + random.between(-22, 22), random.between(2, 26), 0.8, 0.8, "#ffb52e"),
        );
    },
  },
  {
    name: "kitchen",
    phrases: ["in a kitchen", "on a kitchen counter"],
    outdoors: false,
    paint: (random) => {
      const top = random.between(60, 68);
      const tile = near(random, random.pick([180, 50, 210, 100]), 30, 82);
      return rect(0, 0, 100, top, "#ffffff") +
        times(7, (row) => times(9, (column) => rect(column * 12, row * 10.2, 11, 9.2, tile))) +
        rect(0, top, 100, 5, near(random, 30, 15, 30)) +
        rect(0, top + 5, 100, 40, near(random, random.pick([25, 205, 0]), 35, 60)) +
        times(
          4,
          (i) =>
            rect(i * 26 + 2, top + 8, 22, 30, "#ffffff", 0.25) +
            rect(i * 26 + 11, top + 11, 5, 1.4, "#444444"),
        ) +
        rect(0, 4, 100, 2, "#888888") +
        times(
          4,
          (i) =>
            rect(14 + i * 22, 6, 1.2, 8, "#777777") + ellipse(14.6 + i * 22, 17, 4, 4, "#999999"),
        );
    },
  },
  {
    name: "lake",
    phrases: ["on a lake", "on the water"],
    outdoors: true,
    paint: (random, night) => {
      const horizon = random.between(34, 46);
      return sky(random, night, horizon) +
        hills(random, horizon, 9, near(random, 150, 25, shade(night, 42))) +
        rect(0, horizon, 100, 100, near(random, 210, 60, shade(night, 48))) +
        times(34, () => {
          const y = random.between(horizon + 3, 99), w = 1.5 + (y - horizon) / 9;
          return line(
            `M${f(random.between(-5, 98))} ${f(y)}q${f(w)} ${f(-w / 2)} ${f(w * 2)} 0t${
              f(w * 2)
            } 0`,
            hsl(205, 60, shade(night, 74)),
            0.8,
            0.8,
          );
        });
    },
  },
  {
    name: "stage",
    phrases: ["on a stage", "in a theatre"],
    outdoors: false,
    paint: (random) => {
      const floor = random.between(72, 80);
      const red = random.pick([350, 355, 340]);
      return rect(0, 0, 100, 100, hsl(red, 60, 14)) +
        times(9, (i) => rect(12 + i * 8.6, 0, 4.3, floor, hsl(red, 55, 20))) +
        rect(0, floor, 100, 40, near(random, 30, 45, 40)) +
        times(3, (i) => {
          const x = 25 + i * 25 + random.between(-6, 6);
          return `<path d="M${f(x - 2)} 0L${f(x + 2)} 0L${f(x + 18)} ${f(floor + 10)}L${
            f(x - 18)
          } ${f(floor + 10)}Z" fill="#fff3b0" opacity="0.2"/>`;
        }) +
        times(
          3,
          (i) =>
            rect(i * 5, 0, 4, 100, hsl(red, 70, 36 + (i % 2) * 8)) +
            rect(96 - i * 5, 0, 4, 100, hsl(red, 70, 36 + (i % 2) * 8)),
        ) +
        times(7, (i) => ellipse(i * 17, 0, 9, 9, hsl(red, 70, 40)));
    },
  },
  {
    name: "brick wall",
    phrases: ["in front of a brick wall", "on a brick wall"],
    outdoors: false,
    paint: (random) => {
      const brick = random.pick([8, 14, 20]);
      return rect(0, 0, 100, 100, hsl(30, 12, 68)) +
        times(
          13,
          (row) =>
            times(
              8,
              (column) =>
                rect(column * 16 - (row % 2) * 8, row * 8, 14.8, 6.8, near(random, brick, 48, 44)),
            ),
        );
    },
  },
  {
    name: "stripes",
    phrases: ["on a striped background", "on stripes"],
    outdoors: false,
    paint: (random) => {
      const [h, w] = [random.between(0, 360), random.between(7, 16)];
      const colours = [
        near(random, h, 40, 80),
        near(random, h + random.pick([0, 40, 180]), 40, 62),
      ];
      return `<g transform="rotate(${random.pick([0, 45, 90, 135])} 50 50)">` +
        rect(-40, -40, 180, 180, colours[0]) +
        times(180 / w / 2, (i) => rect(-40 + i * w * 2, -40, w, 180, colours[1])) + "</g>";
    },
  },
  {
    name: "checks",
    phrases: ["on a checkered background", "on checks"],
    outdoors: false,
    paint: (random) => {
      const [h, w] = [random.between(0, 360), random.between(9, 17)];
      const colours = [
        near(random, h, 35, 84),
        near(random, h + random.pick([0, 60, 180]), 38, 60),
      ];
      return rect(0, 0, 100, 100, colours[0]) +
        times(
          12,
          (row) =>
            times(
              12,
              (column) => (row + column) % 2 ? rect(column * w, row * w, w, w, colours[1]) : "",
            ),
        );
    },
  },
  {
    name: "dots",
    phrases: ["on a dotted background", "on dots"],
    outdoors: false,
    paint: (random) => {
      const [h, w] = [random.between(0, 360), random.between(9, 15)];
      const fill = near(random, h + random.pick([0, 60, 180]), 45, 58);
      return rect(0, 0, 100, 100, near(random, h, 40, 84)) +
        times(
          12,
          (row) =>
            times(
              12,
              (column) => ellipse((column + (row % 2) / 2) * w, row * w, w * 0.28, w * 0.28, fill),
            ),
        );
    },
  },
  {
    name: "plain",
    phrases: ["on a plain background", "on a plain wall"],
    outdoors: false,
    paint: (random) => {
      const h = random.between(0, 360), s = random.between(5, 45), l = random.between(40, 88);
      return `<defs>${
        gradient("p", hsl(h, s, l + 6), hsl(h + random.between(-30, 30), s, l - 8))
      }</defs>` +
        rect(0, 0, 100, 100, "url(#p)");
    },
  },
];

const BY_NAME = new Map(PLACES.map((place) => [place.name, place]));

/**
 * The place of a name.
 *
 * @throws {RangeError} If there is none.
 */
export function placeNamed(name: string): Place {
  const place = BY_NAME.get(name);
  if (!place) throw new RangeError(`Cannot find a place: none is called "${name}"`);
  return place;
}

/**
 * Draws a place.
 *
 * @param variant The same number gives the same picture.
 * @returns An SVG of 100 × 100 units.
 */
export function placeSvg(name: string, variant: number, night: boolean): string {
  const place = placeNamed(name);
  const random = new Random(`${name}/${variant}`);
  const body = place.paint(random, night && place.outdoors);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${body}</svg>`;
}
