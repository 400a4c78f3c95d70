import { OpsCommand } from '@om-ops/kit';
import { plural } from '@om-ops/kit/text';
import { appNode } from '../../environment/app-node.ts';
import { partsOf } from '../../parts/part.ts';
import { type VerifiedPart, verifyPart } from '../../verify/verify.ts';
import { type VerifyResult, verifyText } from '../../view/verify.ts';

export default class BuildVerify extends OpsCommand<typeof BuildVerify, VerifyResult> {
  static override summary = 'Prove that what was built is whole.';
  static override description =
    `Reads every JavaScript file of the backend's dist as the Node of the app reads it, without running any: its syntax,
whether it is of the kind (ES module or CommonJS) that it is taken for, whether what it imports by a relative path is
there, and whether dist holds what backend.required of the site profile names. The front end is read as a browser
would, and the scripts and styles that its pages load have to be there. Packages inside of dist are not checked. Exit 6 when something is
wrong.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override record = 'audit' as const;

  protected override async perform(): Promise<VerifyResult> {
    const { signal } = this.operation;
    const warn = (message: string) => this.operation.warn(message);
    const outcomes = await this.runTasks(
      partsOf(this.site).map((part) => ({
        title: `Check ${part.name}`,
        run: (progress) =>
          verifyPart(part, () => appNode(this.abilities, { signal, warn }), progress),
        summary: ({ dist, findings }: VerifiedPart) =>
          dist.used
            ? `${plural(dist.checked.files, 'file')}, ${plural(findings.length, 'finding')}`
            : 'not used',
      })),
    );
    const parts = outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return outcome.value;
    });
    const redact = this.operation.redactor;
    const result = {
      dists: parts.map(({ dist }) => dist),
      findings: parts.flatMap(({ findings }) =>
        findings.map((one) => ({ ...one, message: redact.foreign(one.message) })),
      ),
      leftOut: parts.flatMap(({ leftOut }) => leftOut),
    };
    this.operation.touch(...result.dists.filter(({ used }) => used).map(({ path }) => path));
    const { findings, leftOut } = result;
    if (findings.length > 0) {
      const bad = result.dists.filter(({ status }) => status === 'FAIL');
      this.unhealthy(
        'E_DIST_BROKEN',
        `${bad.map(({ part }) => `The dist of the ${part}`).join(' and ')} is not whole: ${plural(findings.length, 'finding')}.`,
        bad.map(({ part }) => `Build it anew: om-ops build ${part}`),
      );
    }
    if (leftOut.length > 0)
      this.incomplete(`${plural(leftOut.length, 'file')} could not be read, and so not checked.`);
    return result;
  }

  protected override text(result: VerifyResult): string {
    return verifyText(result);
  }
}
