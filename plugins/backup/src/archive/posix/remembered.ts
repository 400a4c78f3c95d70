/** The function, asked once for each argument. */
export function remembered<A, R>(ask: (argument: A) => R): (argument: A) => R {
  const answers = new Map<A, R>();
  return (argument) => {
    const known = answers.get(argument);
    if (known !== undefined || answers.has(argument)) return known as R;
    const answer = ask(argument);
    answers.set(argument, answer);
    return answer;
  };
}
