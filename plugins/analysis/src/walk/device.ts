/** `st_dev` of a device, as the C library packs it. */
export function deviceNumber(major: number, minor: number): number {
  return (
    (minor & 0xff) +
    (major & 0xfff) * 2 ** 8 +
    Math.floor(minor / 2 ** 8) * 2 ** 20 +
    Math.floor(major / 2 ** 12) * 2 ** 44
  );
}
