/** Asks the same thing over and over, one after the other, while `goesOn`. @returns how long each took, in ms */
export async function timeEach(
  ask: () => Promise<unknown>,
  goesOn: (done: number) => boolean,
): Promise<number[]> {
  const times: number[] = []
  while (goesOn(times.length)) {
    const from = performance.now()
    await ask()
    times.push(performance.now() - from)
  }
  return times
}
