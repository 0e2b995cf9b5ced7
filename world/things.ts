/**
 * The things of the generated world: what every artist draws, that is told apart at some 20 pixels,
 * and what it is called. Names and synonyms are chosen from emojibase-data.
 *
 * @module
 */

/** How a thing moves about, which decides the verbs it goes with. */
export type Kind = "animal" | "swimmer" | "flyer" | "vehicle" | "boat" | "object";

/** A kind of thing. */
export interface Thing {
  readonly name: string;
  readonly plural: string;
  /** Other names, singular and plural; the commonest first. */
  readonly synonyms: readonly { readonly name: string; readonly plural: string }[];
  /** Names of icons (CLDR short names with hyphens); for a drawn shape, none. */
  readonly icons: readonly string[];
  readonly kind: Kind;
  /** What a less precise observer calls it. */
  readonly group: { readonly name: string; readonly plural: string };
  /** True for plain shapes, which are always painted in a colour. */
  readonly shape: boolean;
}

const IRREGULAR: Readonly<Record<string, string>> = {
  mouse: "mice",
  fish: "fish",
  deer: "deer",
  sheep: "sheep",
  squid: "squid",
  wolf: "wolves",
  leaf: "leaves",
  knife: "knives",
  tomato: "tomatoes",
  snowman: "snowmen",
  "bow and arrow": "bows and arrows",
  loaf: "loaves",
};

// Words that are plural or have none are counted by something else.
const COUNTED_BY: Readonly<Record<string, string>> = {
  bread: "loaf",
  cheese: "piece",
  popcorn: "bucket",
  spaghetti: "plate",
  pasta: "plate",
  "french fries": "bag",
  fries: "bag",
  grapes: "bunch",
  cherries: "pair",
  scissors: "pair",
  glasses: "pair",
  spectacles: "pair",
  headphones: "pair",
  jeans: "pair",
  trousers: "pair",
  "bowling pins": "set",
  books: "pile",
  corn: "ear",
  maize: "ear",
  sushi: "piece",
};

function named(words: string): { name: string; plural: string } {
  const measure = COUNTED_BY[words];
  if (measure) return named(`${measure} of ${words}`);
  if (IRREGULAR[words]) return { name: words, plural: IRREGULAR[words] };
  const [, head, tail] = /^(.*?)( of .*)?$/.exec(words)!;
  const [, front, noun] = /^(.* )?(.*)$/.exec(head)!;
  return { name: words, plural: `${front ?? ""}${pluralOf(noun)}${tail ?? ""}` };
}

function pluralOf(noun: string): string {
  if (IRREGULAR[noun]) return IRREGULAR[noun];
  if (/(?:s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

type Row = [names: string, icons: string];

const ROWS: Readonly<Record<string, readonly [Kind, readonly Row[]]>> = {
  animal: ["animal", [
    ["dog, puppy", "dog dog-face"],
    ["cat, kitten", "cat cat-face"],
    ["lion", "lion"],
    ["tiger", "tiger tiger-face"],
    ["horse, pony", "horse horse-face"],
    ["cow", "cow cow-face"],
    ["pig, hog", "pig pig-face"],
    ["ram, sheep", "ram"],
    ["goat", "goat"],
    ["elephant", "elephant"],
    ["mouse", "mouse mouse-face"],
    ["rabbit, bunny", "rabbit rabbit-face"],
    ["bear, grizzly", "bear"],
    ["koala", "koala"],
    ["panda", "panda"],
    ["frog, toad", "frog"],
    ["monkey, ape", "monkey monkey-face"],
    ["chicken, hen", "chicken"],
    ["rooster", "rooster"],
    ["penguin", "penguin"],
    ["wolf", "wolf"],
    ["fox", "fox"],
    ["snake, serpent", "snake"],
    ["turtle, tortoise", "turtle"],
    ["crocodile, alligator", "crocodile"],
    ["camel", "camel two-hump-camel"],
    ["snail, slug", "snail"],
    ["ant", "ant"],
    ["spider", "spider"],
    ["scorpion", "scorpion"],
    ["deer, stag", "deer"],
    ["unicorn", "unicorn"],
    ["dragon", "dragon dragon-face"],
    ["crab", "crab"],
    ["turkey", "turkey"],
  ]],
  "sea animal": ["swimmer", [
    ["whale", "whale spouting-whale"],
    ["dolphin", "dolphin"],
    ["fish", "fish"],
    ["tropical fish, striped fish", "tropical-fish"],
    ["blowfish, pufferfish", "blowfish"],
    ["octopus", "octopus"],
    ["shark", "shark"],
    ["squid", "squid"],
  ]],
  "flying animal": ["flyer", [
    ["duck", "duck"],
    ["eagle", "eagle"],
    ["owl", "owl"],
    ["bat", "bat"],
    ["dove, pigeon", "dove"],
    ["butterfly", "butterfly"],
    ["bee, bumblebee, honeybee", "honeybee"],
    ["ladybug, ladybird", "lady-beetle"],
  ]],
  food: ["object", [
    ["apple", "red-apple green-apple"],
    ["banana", "banana"],
    ["grapes", "grapes"],
    ["watermelon", "watermelon"],
    ["lemon", "lemon"],
    ["strawberry", "strawberry"],
    ["cherries", "cherries"],
    ["peach", "peach"],
    ["pear", "pear"],
    ["pineapple", "pineapple"],
    ["tomato", "tomato"],
    ["eggplant, aubergine", "eggplant"],
    ["carrot", "carrot"],
    ["corn, maize", "ear-of-corn"],
    ["pepper, chili", "hot-pepper"],
    ["mushroom, toadstool", "mushroom"],
    ["bread", "bread"],
    ["croissant", "croissant"],
    ["cheese", "cheese-wedge"],
    ["hamburger, burger", "hamburger"],
    ["pizza, slice of pizza", "pizza"],
    ["french fries, fries", "french-fries"],
    ["hot dog", "hot-dog"],
    ["taco", "taco"],
    ["popcorn", "popcorn"],
    ["spaghetti, pasta", "spaghetti"],
    ["ice cream", "soft-ice-cream"],
    ["doughnut, donut", "doughnut"],
    ["cookie, biscuit", "cookie"],
    ["birthday cake, cake", "birthday-cake"],
    ["candy, sweet", "candy"],
    ["lollipop", "lollipop"],
    ["cup of coffee, cup of tea", "hot-beverage"],
    ["beer, mug of beer", "beer-mug"],
    ["glass of wine, wine glass", "wine-glass"],
    ["sushi", "sushi"],
  ]],
  vehicle: ["vehicle", [
    ["car, automobile", "automobile"],
    ["taxi, cab", "taxi"],
    ["bus", "bus"],
    ["ambulance", "ambulance"],
    ["fire engine, fire truck", "fire-engine"],
    ["truck, lorry", "delivery-truck articulated-lorry"],
    ["tractor", "tractor"],
    ["bicycle, bike", "bicycle"],
    ["motorcycle, motorbike", "motorcycle"],
    ["steam train, locomotive", "locomotive"],
  ]],
  aircraft: ["flyer", [
    ["airplane, plane, jet", "airplane"],
    ["helicopter", "helicopter"],
    ["rocket, spaceship", "rocket"],
  ]],
  boat: ["boat", [
    ["sailboat, sailing boat, yacht", "sailboat"],
    ["ship, ocean liner", "ship"],
    ["speedboat, motorboat", "speedboat"],
  ]],
  building: ["object", [
    ["tent", "tent"],
    ["house", "house house-with-garden"],
    ["castle", "castle"],
    ["church, chapel", "church"],
    ["ferris wheel", "ferris-wheel"],
    ["fountain", "fountain"],
  ]],
  object: ["object", [
    ["anchor", "anchor"],
    ["umbrella", "umbrella umbrella-with-rain-drops"],
    ["balloon", "balloon"],
    ["present, gift", "wrapped-gift"],
    ["key", "key"],
    ["hammer", "hammer"],
    ["wrench, spanner", "wrench"],
    ["scissors", "scissors"],
    ["light bulb, bulb", "light-bulb"],
    ["candle", "candle"],
    ["camera", "camera camera-with-flash"],
    ["television, tv", "television"],
    ["telephone, phone", "telephone"],
    ["computer, desktop computer", "desktop-computer"],
    ["alarm clock, clock", "alarm-clock"],
    ["watch, wristwatch", "watch"],
    ["hourglass, sand timer", "hourglass-not-done hourglass-done"],
    ["books", "books"],
    ["pencil", "pencil"],
    ["bell", "bell"],
    ["magnifying glass", "magnifying-glass-tilted-left"],
    ["door", "door"],
    ["bathtub, bath", "bathtub"],
    ["bomb", "bomb"],
    ["knife", "kitchen-knife"],
    ["robot", "robot"],
    ["ghost", "ghost"],
    ["skull", "skull"],
    ["pumpkin, jack o lantern", "jack-o-lantern"],
    ["trophy, prize cup", "trophy"],
    ["crown", "crown"],
    ["top hat, hat", "top-hat"],
    ["glasses, spectacles", "glasses"],
    ["dress, gown", "dress"],
    ["jeans, trousers", "jeans"],
    ["shirt, t-shirt", "t-shirt"],
    ["high heel, high heeled shoe", "high-heeled-shoe"],
    ["sneaker, running shoe", "running-shoe"],
    ["handbag, purse", "handbag"],
    ["ring, diamond ring", "ring"],
    ["diamond, gem, jewel", "gem-stone"],
    ["money bag, bag of money", "money-bag"],
    ["lipstick", "lipstick"],
    ["syringe, needle", "syringe"],
    ["microscope", "microscope"],
    ["telescope", "telescope"],
    ["envelope, letter", "envelope"],
    ["traffic light", "vertical-traffic-light"],
    ["paint palette, palette", "artist-palette"],
  ]],
  instrument: ["object", [
    ["guitar", "guitar"],
    ["violin, fiddle", "violin"],
    ["trumpet", "trumpet"],
    ["saxophone, sax", "saxophone"],
    ["piano, keyboard", "musical-keyboard"],
    ["microphone, mic", "microphone"],
    ["headphones", "headphone"],
  ]],
  "sports thing": ["object", [
    ["soccer ball", "soccer-ball"],
    ["basketball", "basketball"],
    ["football, american football", "american-football"],
    ["tennis racket", "tennis"],
    ["baseball", "baseball"],
    ["bowling pins", "bowling"],
    ["boxing glove", "boxing-glove"],
    ["ice skate, skate", "ice-skate"],
    ["bow and arrow", "bow-and-arrow"],
  ]],
  plant: ["object", [
    ["cactus", "cactus"],
    ["tree, leafy tree", "deciduous-tree"],
    ["palm tree, palm", "palm-tree"],
    ["sunflower", "sunflower"],
    ["tulip", "tulip"],
    ["rose", "rose"],
    ["cherry blossom, blossom", "cherry-blossom"],
    ["clover, four leaf clover", "four-leaf-clover"],
    ["maple leaf", "maple-leaf"],
  ]],
  "thing in the sky": ["object", [
    ["sun", "sun"],
    ["rainbow", "rainbow"],
    ["snowflake", "snowflake"],
    ["snowman", "snowman-without-snow"],
    ["fire, flame", "fire"],
    ["tornado, whirlwind", "tornado"],
    ["globe", "globe-showing-europe-africa"],
  ]],
};

/** Plain shapes, drawn by the world itself. */
const SHAPES = ["circle, disc", "square", "triangle", "star", "heart", "cross", "arrow"];

function things(): Thing[] {
  const all: Thing[] = [];
  for (const [group, [kind, rows]] of Object.entries(ROWS)) {
    for (const [names, icons] of rows) {
      const [name, ...synonyms] = names.split(", ");
      all.push({
        ...named(name),
        synonyms: synonyms.map(named),
        icons: icons.split(" "),
        kind,
        group: named(group),
        shape: false,
      });
    }
  }
  for (const names of SHAPES) {
    const [name, ...synonyms] = names.split(", ");
    all.push({
      ...named(name),
      synonyms: synonyms.map(named),
      icons: [],
      kind: "object",
      group: named("shape"),
      shape: true,
    });
  }
  return all;
}

/** Every thing of the world. */
export const THINGS: readonly Thing[] = things();

const BY_NAME = new Map(THINGS.map((thing) => [thing.name, thing]));

/**
 * The thing of a name.
 *
 * @throws {RangeError} If there is none.
 */
export function thingNamed(name: string): Thing {
  const thing = BY_NAME.get(name);
  if (!thing) throw new RangeError(`Cannot find a thing: nothing is called "${name}"`);
  return thing;
}
