import { looksSecretSetting, type Redactor, redacted } from '@om-ops/kit';
import { hideCommandSecrets, hideSpokenSecrets } from '@om-ops/kit/site';

/** A systemd unit without secrets: in `Environment=`, in credentials, in the arguments of commands. */
export function redactUnit(text: string, redactor: Redactor): string {
  const clean = text
    .replace(
      /^([#;\s]*Environment\s*=)((?:[^\n\\]|\\[\s\S])*)/gm,
      (_, head: string, value: string) => head + assignments(value),
    )
    .replace(
      /^([#;\s]*SetCredential(?:Encrypted)?\s*=\s*[^:\n]*:)(?:[^\n\\]|\\[\s\S])*/gm,
      `$1${redacted}`,
    )
    .replace(
      /(\s--?)([A-Za-z][\w-]*)(=|[ \t]+)("[^"\n]*"|'[^'\n]*'|[^\s"']+)/g,
      (whole, dashes: string, name: string, gap: string) =>
        looksSecretSetting(name) ? `${dashes}${name}${gap}${redacted}` : whole,
    )
    .replace(/^Exec\w*\s*=.*$/gm, hideCommandSecrets)
    .replace(/^\s*[#;](?!\s*[A-Z][A-Za-z]+\s*=).*$/gm, hideSpokenSecrets);
  return redactor.text(clean);
}

const word = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$))+/g;

/** `A=b "C=d e" F='g h'`: each may be quoted as a whole, or its value alone. */
function assignments(text: string): string {
  return text.replace(word, (whole) => {
    const [, quote = '', name = ''] = /^(["']?)([A-Za-z_]\w*)=/.exec(whole) ?? [];
    return looksSecretSetting(name) ? `${quote}${name}=${redacted}${quote}` : whole;
  });
}
