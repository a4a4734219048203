// What the journeys share: each step says its name, and the first that fails ends
// the journey.
export async function step(name, run) {
  try {
    const result = await run();
    console.log(`ok   ${name}`);
    return result;
  } catch (error) {
    console.log(`FAIL ${name}: ${error.message}\n${(error.rawMessage ?? error.stack ?? "").slice(0, 3000)}\n${JSON.stringify(error.cause ?? "").slice(0, 1500)}`);
    process.exit(1);
  }
}

export function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
