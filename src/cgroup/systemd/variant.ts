// Values in the text format of GVariant, as far as properties of units have them: basic types, arrays and tuples.

/** A D-Bus signature, and the elements of the value as busctl(1) takes them. */
export type Variant = { readonly signature: string; readonly values: readonly string[] };

/** Null when the text is no value, or one of another type (dictionaries, maybes, variants in variants). */
export function parseVariant(text: string): Variant | null {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  const reader = new Reader(tokens);
  const value = reader.value(null);
  return value !== null && reader.atEnd ? value : null;
}

const pattern =
  /\s+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[[\](),]|@[a-z()]+|[-+]?[\d.][\w.]*(?:(?<=[eE])[-+]\d+)?|[a-z]\w*/y;

function tokensOf(text: string): string[] | null {
  const tokens: string[] = [];
  const matcher = new RegExp(pattern);
  while (matcher.lastIndex < text.length) {
    const token = matcher.exec(text)?.[0];
    if (token === undefined) return null;
    if (token.trim() !== '') tokens.push(token);
  }
  return tokens;
}

/** Type keywords and their signatures. */
const keywords: Readonly<Record<string, string>> = {
  boolean: 'b',
  byte: 'y',
  int16: 'n',
  uint16: 'q',
  int32: 'i',
  uint32: 'u',
  handle: 'h',
  int64: 'x',
  uint64: 't',
  double: 'd',
  string: 's',
  objectpath: 'o',
  signature: 'g',
};

/** Bits and sign. */
const integers: Readonly<Record<string, readonly [bits: bigint, signed: boolean]>> = {
  y: [8n, false],
  n: [16n, true],
  q: [16n, false],
  i: [32n, true],
  h: [32n, true],
  u: [32n, false],
  x: [64n, true],
  t: [64n, false],
};

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  #next(): string {
    const token = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  /** `type`: what the value must be; null where it tells that itself. */
  value(type: string | null): Variant | null {
    const token = this.#next();
    if (token === '[') return this.#array(type);
    if (token === '(') return this.#tuple(type);
    const keyword = token.startsWith('@') ? token.slice(1) : keywords[token];
    if (keyword !== undefined) return type === null || type === keyword ? this.value(keyword) : null;
    return basic(token, type);
  }

  #array(type: string | null): Variant | null {
    if (type !== null && !type.startsWith('a')) return null;
    let inner = type?.slice(1) ?? null;
    const values: string[] = [];
    let count = 0;
    while (!this.#skip(']')) {
      if (count > 0 && !this.#skip(',')) return null;
      const element = this.value(inner);
      if (element === null) return null;
      inner = element.signature;
      values.push(...element.values);
      count += 1;
    }
    return inner === null ? null : { signature: `a${inner}`, values: [String(count), ...values] };
  }

  #tuple(type: string | null): Variant | null {
    const elements: Variant[] = [];
    while (!this.#skip(')')) {
      if (elements.length > 0 && !this.#skip(',')) return null;
      if (elements.length > 0 && this.#skip(')')) break;
      const element = this.value(null);
      if (element === null) return null;
      elements.push(element);
    }
    const signature = `(${elements.map((element) => element.signature).join('')})`;
    if (elements.length === 0 || (type !== null && type !== signature)) return null;
    return { signature, values: elements.flatMap((element) => element.values) };
  }
}

function basic(token: string, type: string | null): Variant | null {
  if (token === 'true' || token === 'false') return typed(type, 'b', token);
  if (/^['"]/.test(token)) {
    const text = unquoted(token);
    return type === 'o' || type === 'g' ? { signature: type, values: [text] } : typed(type, 's', text);
  }
  if (
    type === 'd' ||
    (type === null && /^[-+]?(\d+\.\d*|\.?\d+)([eE][-+]?\d+)?$/.test(token) && /[.eE]/.test(token))
  )
    return Number.isFinite(Number(token)) ? { signature: 'd', values: [String(Number(token))] } : null;
  return integer(token, type ?? 'i');
}

function integer(token: string, type: string): Variant | null {
  const [bits, signed] = integers[type] ?? [0n, false];
  if (bits === 0n || !/^[-+]?(0x[\da-fA-F]+|\d+)$/.test(token)) return null;
  const size = BigInt(token.replace(/^[-+]/, ''));
  const value = token.startsWith('-') ? -size : size;
  const fits = signed ? BigInt.asIntN(Number(bits), value) : BigInt.asUintN(Number(bits), value);
  return fits === value ? { signature: type, values: [String(value)] } : null;
}

function typed(type: string | null, signature: string, value: string): Variant | null {
  return type === null || type === signature ? { signature, values: [value] } : null;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
};

function unquoted(token: string): string {
  return token
    .slice(1, -1)
    .replace(/\\(?:u([\da-fA-F]{4})|(.))/gs, (_, code: string | undefined, letter: string) =>
      code === undefined ? (escapes[letter] ?? letter) : String.fromCodePoint(Number.parseInt(code, 16)),
    );
}
