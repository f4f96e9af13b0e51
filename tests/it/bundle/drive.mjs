// Runs a workflow script as the client does: `meta` first, then the body in an async function whose
// parameters are the hooks. Reads a list of {script, args, answers} on standard input, where each answer is
// what the next agent() gives back (null: the agent died; {throw: text}: the call throws). Prints a list of
// {result, calls, phases, logs, meta, unused, together}: `together` is how many agents ran at once at most.
import { readFileSync } from 'node:fs'

const outputs = []
for (const input of JSON.parse(readFileSync(0, 'utf8'))) outputs.push(await play(input))
process.stdout.write(JSON.stringify(outputs))

async function play(input) {
  const source = readFileSync(input.script, 'utf8')
  if (!source.startsWith('export const meta = {')) throw new Error('meta is not the first statement')
  const calls = []
  const phases = []
  const logs = []
  const answers = [...input.answers]
  let running = 0
  let together = 0

  async function agent(prompt, options) {
    calls.push({ prompt, options })
    if (answers.length === 0) throw new Error('the test gave too few answers')
    const answer = answers.shift()
    running += 1
    together = Math.max(together, running)
    await null // Agents that are started in one go are all started before the first one ends.
    running -= 1
    if (answer && answer.throw) throw new Error(answer.throw)
    return answer
  }
  // As the client's: all at once, a thunk that throws gives null.
  const parallel = (thunks) => Promise.all(thunks.map((thunk) => Promise.resolve().then(thunk).catch(() => null)))
  const never = () => { throw new Error('this hook is not used') }
  const hooks = {
    agent, phase: (title) => phases.push(title), log: (text) => logs.push(text), args: input.args,
    parallel, pipeline: never, workflow: never,
    budget: { total: null, spent: () => 0, remaining: () => Infinity },
    // Not there in the client.
    process: undefined, require: undefined, fetch: undefined,
    Date: { now: never }, setTimeout: undefined,
  }
  const meta = new Function(`${source.slice(7, source.indexOf('\n}\n') + 3)}; return meta`)()
  const AsyncFunction = Object.getPrototypeOf(agent).constructor
  const run = new AsyncFunction(...Object.keys(hooks), source.replace('export const meta', 'const meta'))
  Math.random = never
  const result = await run(...Object.values(hooks))
  return { result, calls, phases, logs, meta, unused: answers.length, together }
}
