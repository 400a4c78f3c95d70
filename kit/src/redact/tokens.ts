/** The kinds of tokens that tell what they are by themselves. */
export const tokens = new RegExp(
  [
    // A JSON web token.
    String.raw`(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,3}`,
    '(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])',
    String.raw`(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,})`,
    String.raw`(?<![A-Za-z0-9])(?:[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}|sk-[\w-]{20,})`,
    String.raw`(?<![A-Za-z0-9])(?:xox[abeoprs]-[\w-]{10,}|AIza[\w-]{35}|SG\.[\w-]{16,}\.[\w-]{16,}|hf_[A-Za-z0-9]{30,})`,
    String.raw`(?<=hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/)[\w/-]+`,
    String.raw`(?<=(?<![A-Za-z0-9])bot)\d{6,}:[\w-]{30,}`,
  ].join('|'),
  'g',
);
/** In every one of them: most texts have none. */
export const tokenStem =
  /eyJ|AKIA|ASIA|gh[opsur]_|github_pat_|glpat-|npm_|[rs]k_|whsec_|sk-|xox|AIza|SG\.|hf_|hooks\.slack|webhooks\/|bot\d/;

/** A secret that tells by its form what it is. */
export interface FoundToken {
  /** What it is: `a private key`. */
  kind: string;
  value: string;
  /** Where it begins in the text. */
  at: number;
}

const kinds: readonly (readonly [RegExp, string])[] = [
  [/^eyJ/, 'a JSON web token'],
  [/^A[KS]IA/, 'an access key of AWS'],
  [/^(?:gh|github_)/, 'a token of GitHub'],
  [/^glpat/, 'a token of GitLab'],
  [/^npm_/, 'a token of npm'],
  [/^(?:[rs]k_|whsec_)/, 'a key of Stripe'],
  [/^xox/, 'a token of Slack'],
  [/^AIza/, 'a key of Google'],
  [/^hf_/, 'a token of Hugging Face'],
];

/** With its content: code that only speaks of such a key is none. */
const privateKey =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr]|[\w-]{1,40}: [^\r\n]{0,200}[\r\n])*([A-Za-z0-9+/]{24,})/g;

/**
 * The tokens and private keys in a text, which tell by their form what they are. A word that begins as a token does and
 * has no digit in it is a name.
 */
export function findTokens(text: string): FoundToken[] {
  const found: FoundToken[] = [];
  if (text.includes('-----BEGIN '))
    for (const match of text.matchAll(privateKey))
      found.push({ kind: 'a private key', value: match[1] ?? '', at: match.index });
  if (!tokenStem.test(text)) return found;
  for (const { 0: value, index: at } of text.matchAll(tokens)) {
    if (!/\d/.test(value)) continue;
    const kind = kinds.find(([pattern]) => pattern.test(value))?.[1] ?? 'a token';
    found.push({ kind, value, at });
  }
  return found;
}
