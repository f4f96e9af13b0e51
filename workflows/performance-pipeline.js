export const meta = {
  name: 'performance-pipeline',
  description: 'Profiles, tries one change at a time, measures before and after in one run, keeps only what helps',
  whenToUse: 'Started by the optimize-performance command, with the run facts that Portcullis gave it',
  phases: [
    { title: 'Profile', detail: 'performance-analyzer names what could be won, with its share' },
    { title: 'Optimise', detail: 'a developer tries one candidate; the test gate holds the behaviour' },
    { title: 'Benchmark', detail: 'portcullis gate measure runs base and tree in turn; what does not help is taken back', model: 'haiku' },
    { title: 'Review', detail: 'code-reviewer reads what was kept, then the review gate' },
  ],
}

// --- shared: src/templates/workflow-prelude.js ---
// What all workflows of the bundle share. The client lets a script load no file, so this text stands in each of
// them between two marks: `PORTCULLIS_UPDATE=1 cargo test --test it bundle` copies src/templates/workflow-prelude.js.

// The messages. REPORT and REVIEW mean the same as schemas/report and schemas/review (tests/it/bundle/workflow.rs).
const STRINGS = { type: 'array', items: { type: 'string' } }
const REPORT = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['completed', 'completed_with_concerns', 'needs_context', 'blocked', 'failed'] },
    summary: { type: 'string' },
    files_changed: STRINGS,
    tests_passing: { type: 'boolean' },
    next_steps: STRINGS,
    evidence: STRINGS,
  },
  required: ['status', 'summary', 'files_changed', 'tests_passing', 'next_steps'],
}
const REVIEW = {
  type: 'object',
  properties: {
    verdict: { type: 'string', enum: ['approve', 'request_changes'] },
    summary: { type: 'string' },
    findings: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          severity: { type: 'string', enum: ['critical', 'major', 'minor'] },
          file: { type: 'string' },
          line: { type: 'integer', minimum: 0 },
          quote: { type: 'string' },
          problem: { type: 'string' },
          fix: { type: 'string' },
        },
        required: ['severity', 'file', 'line', 'quote', 'problem', 'fix'],
      },
    },
  },
  required: ['verdict', 'summary', 'findings'],
}
const RAN = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['done', 'failed', 'refused'] },
    exit: { type: 'integer' },
    output: { type: 'string' },
  },
  required: ['status', 'exit', 'output'],
}
const TITLES = { design: 'Design', review: 'Review', security: 'Security' }
const ROUNDS = 3 // Times that a run goes back with findings; then a person is asked.
const SHORT = 400 // Letters of a summary that reach the result; the rest stands in files and transcripts.

// The run so far; it becomes the result.
const seen = {
  steps: [], gates: [], files: [], reviews: [], concerns: [], degraded: [], rounds: 0,
}
const facts = read(args)

// Runs the body and makes the result of what it returns or of where it stopped.
async function conduct(name, body) {
  let end
  try {
    if (facts.problem) halt('failed', facts.problem, ['Run `portcullis doctor`, then the command again.'])
    end = await body()
  } catch (thrown) {
    if (!thrown || !thrown.halted) log(`${name}: ${words(thrown)}`)
    end = thrown && thrown.halted
      ? thrown.halted
      : { status: 'failed', summary: `the workflow itself broke: ${words(thrown)}`, next: ['Run `portcullis log --decision deny`, then the command again.'] }
  }
  const concerned = end.status === 'completed' && seen.concerns.length > 0
  return {
    run: facts.run || null,
    workflow: name,
    route: facts.route || null,
    status: concerned ? 'completed_with_concerns' : end.status,
    summary: end.summary,
    steps: seen.steps,
    gates: seen.gates,
    reviews: seen.reviews,
    files_changed: seen.files,
    rounds: seen.rounds,
    degraded: seen.degraded,
    next_steps: [...(end.next || []), ...seen.concerns.map(({ text }) => text)],
  }
}

// Ends the run from any depth.
function halt(status, summary, next) {
  throw { halted: { status, summary, next: next || [] } }
}

function words(thrown) {
  return thrown && thrown.message ? thrown.message : String(thrown)
}

// One agent, asked again once when it died, was refused or left fields out; null when both came to nothing.
async function ask(prompt, options) {
  for (const attempt of [1, 2]) {
    try {
      const answer = await agent(prompt, { ...options, label: attempt === 1 ? options.label : `${options.label}, again` })
      const lacking = answer ? options.schema.required.filter((name) => answer[name] === undefined) : []
      if (answer && lacking.length === 0) return answer
      log(`${options.label}: ${answer ? `the answer lacks ${lacking.join(', ')}` : 'no answer'}`)
    } catch (error) {
      log(`${options.label}: ${words(error)}`)
    }
    seen.degraded.push(`${facts.task}: ${options.label}: ${attempt === 1 ? 'the first agent gave no usable answer, a second one was asked' : 'the second agent gave none either'}`)
  }
  return null
}

// A worker that hands back a report. Without one, and with a status that asks for a person, the run stops;
// an `optional` one is missed in the result instead.
async function work(who, phaseName, task) {
  const label = `${who}: ${phaseName}${seen.rounds > 0 ? ` ${seen.rounds + 1}` : ''}`
  const report = await ask(
    `Carry out this packet.\n\n${packet(phaseName, task)}`,
    { agentType: facts.prefix + who, schema: task.schema || REPORT, label, phase: task.title },
  )
  seen.steps.push({ phase: phaseName, agent: who, status: report ? report.status : 'no answer', summary: report ? short(report.summary) : '' })
  if (report) {
    for (const file of report.files_changed) if (!seen.files.includes(file)) seen.files.push(file)
    forget(who)
    if (report.status === 'completed_with_concerns') concern(who, `${who}: ${short(report.summary)}`)
    if (report.status === 'completed' || report.status === 'completed_with_concerns') return report
  }
  if (task.optional) {
    seen.degraded.push(`${facts.task}: ${label}: ${report ? `${report.status}: ${short(report.summary)}` : 'no answer'}`)
    concern(who, `${phaseName} is missing: ${report ? short(report.summary) : `${who} gave no answer`}`)
    return null
  }
  if (!report) halt('failed', `${who} gave no report in the phase ${phaseName}, twice`, [`Read the transcript of ${who}, then run the command again.`])
  return halt(report.status, `${who} stopped in the phase ${phaseName}: ${report.summary}`, report.next_steps)
}

// A reviewer: gives the grave findings as lines; the minor ones are kept as concerns.
async function judge(who, phaseName, task) {
  const review = await ask(
    `Review what this packet names. Base tree: ${facts.base_tree}. Files that the workers name: ${JSON.stringify(seen.files)}. `
      + `Gates: ${JSON.stringify(seen.gates.map(({ gate, status, receipt }) => ({ gate, status, receipt })))}.\n\n${packet(phaseName, task)}`,
    { agentType: facts.prefix + who, schema: REVIEW, label: `${who}: ${phaseName}${seen.rounds > 0 ? ` ${seen.rounds + 1}` : ''}`, phase: task.title },
  )
  if (!review) {
    seen.steps.push({ phase: phaseName, agent: who, status: 'no answer', summary: '' })
    if (task.optional) return null
    return halt('failed', `${who} gave no review in the phase ${phaseName}, twice`, ['The change is in the tree; review it by hand, or run the command again.'])
  }
  seen.steps.push({ phase: phaseName, agent: who, status: review.verdict, summary: short(review.summary) })
  seen.reviews.push({ agent: who, verdict: review.verdict, findings: review.findings.map(line) })
  log(`${who}: ${review.verdict}, ${review.findings.length} findings`)
  const grave = review.findings.filter((finding) => finding.severity !== 'minor')
  forget(`${who} ${phaseName}`)
  for (const finding of review.findings) if (finding.severity === 'minor') concern(`${who} ${phaseName}`, line(finding))
  if (grave.length === 0 && review.verdict !== 'approve') concern(`${who} ${phaseName}`, `${who} asks for changes, none critical or major: ${short(review.summary)}`)
  return { review, grave: grave.map((finding) => `${phaseName} ${line(finding)}`) }
}

// Runs a gate by a messenger; its answer is compared with the receipts before it comes here.
async function gate(name, title) {
  const schema = {
    type: 'object',
    properties: {
      gate: { type: 'string', enum: [name] },
      status: { type: 'string', enum: ['passed', 'failed', 'not_run', 'timed_out', 'changed'] },
      receipt: { type: 'string' },
      summary: { type: 'string' },
      failures: STRINGS,
    },
    required: ['gate', 'status', 'receipt', 'summary', 'failures'],
  }
  const answer = await ask([
    `Run exactly \`portcullis gate run ${name} --json\` in the root of the project, once, with a Bash timeout of 600000 ms, and change no file.`,
    `It prints a receipt. Answer gate "${name}", status as the receipt has it, receipt = its id, summary = its reason,`,
    'failures = what failed by name with the first line of each message, at most 20, empty when it passed.',
    'When it prints no receipt or a status that is not in the schema, answer not_run with an empty receipt and its error as the summary.',
    'An answer that differs from the receipts is refused.',
    `Run ${facts.run}, gate call ${seen.gates.length + 1}.`,
  ].join('\n'), {
    schema, label: `${name} gate`, phase: title, model: 'haiku', effort: 'low',
  })
  if (!answer) halt('failed', `the ${name} gate gave no answer, twice`, [`Run \`portcullis gate run ${name}\` and read its output.`])
  seen.gates.push({ gate: name, status: answer.status, receipt: answer.receipt, summary: short(answer.summary) })
  log(`${name} gate: ${answer.status}: ${answer.summary}`)
  return answer
}

// What a gate found, as lines for the next packet; nothing when it passed. `lacking`: the project may have no tool
// for it; then the result says that it was not run.
async function passes(name, title, lacking) {
  const answer = await gate(name, title)
  if (answer.status === 'passed') return []
  if (lacking && answer.status === 'not_run') {
    seen.degraded.push(`${name} gate: not run: ${short(answer.summary)}`)
    return []
  }
  const named = answer.failures.length > 0 ? answer.failures : [answer.summary]
  return named.map((failure) => `${name} gate ${answer.status}: ${failure}`)
}

// A reviewer, then the gate that reads its verdict. A verdict that does not count (the tree changed under the
// reviewer) costs one more review, not a repair.
async function judged(who, phaseName, gateName, task) {
  for (const attempt of [1, 2]) {
    const { grave } = await judge(who, phaseName, attempt === 1 ? task : { ...task, expected: `${task.expected || 'a review'}, once more: the first verdict did not count` })
    if (grave.length > 0) return grave
    const answer = await gate(gateName, task.title)
    if (answer.status === 'passed') return []
    if (answer.status !== 'not_run') return [...answer.failures, ...(answer.failures.length > 0 ? [] : [answer.summary])].map((text) => `${gateName} gate ${answer.status}: ${text}`)
    if (attempt === 2) {
      return halt('needs_context', `the ${gateName} gate is not run after two verdicts: ${answer.summary}`, [
        `Run \`portcullis gate run ${gateName}\` and read what it lacks; then run the command again.`,
      ])
    }
  }
  return []
}

// Pattern: iterative refinement. `attempt` gets the findings of the round before (none at first) and returns those
// that are left; they go back at most ROUNDS times in the whole run, then a person decides.
async function refine(attempt) {
  let found = []
  while (true) {
    const before = found
    found = await attempt(before)
    if (found.length === 0) return
    if (found.every((text, at) => text.includes('/approve ') && text === before[at])) {
      halt('needs_context', `a person decides: ${short(found[0])}`, [...found.map(short), 'Undo it, or type the /approve line with a reason; then run the command again. The change stays in the tree.'])
    }
    log(`${found.length} findings go back`)
    if (seen.rounds === ROUNDS) {
      halt('needs_context', `still red after ${ROUNDS} repairs: ${short(found[0])}`, [
        ...found.slice(0, 10).map((text) => `open: ${short(text)}`),
        'Say for each open finding whether the code, the test or the requirement is wrong; then run the command again. The change stays in the tree.',
      ])
    }
    seen.rounds += 1
  }
}

// The change itself: a developer, the gates, the reviewers that the route asks for.
async function build(task) {
  await refine(async (found) => {
    phase(task.title)
    await work(task.developer || facts.developer, found.length > 0 ? 'repair' : 'implement', { ...task, found })
    phase(task.gates)
    const red = task.route === 'short' ? [] : await passes('implementation', task.gates, true)
    red.push(...await passes('test', task.gates))
    if (red.length > 0 || task.route === 'short') return red
    if (task.proof) {
      const unproved = await task.proof()
      if (unproved.length > 0) return unproved
    }
    phase(TITLES.review)
    const open = await judged('code-reviewer', 'review', 'review', {
      title: TITLES.review, requirements: task.review || task.requirements, constraints: task.constraints, expected: `a review, round ${seen.rounds + 1}`,
    })
    if (open.length > 0 || task.route !== 'full') return open
    phase(TITLES.security)
    return judged('security-auditor', 'security', 'security', {
      title: TITLES.security, requirements: `Audit what changed since the base tree. The change was asked for so:\n${task.requirements}`, expected: `a review, round ${seen.rounds + 1}`,
    })
  })
}

// An architect's document, and the gate that reads the verdict on it.
async function design(task) {
  await refine(async (found) => {
    phase(TITLES.design)
    await work('architect', 'design', { ...task, title: TITLES.design, found, write_set: ['docs/**', 'doc/**', 'design/**', 'adr/**'] })
    return passes('design', TITLES.design)
  })
}

// A command that somebody else chose, run once by a messenger that adds nothing.
async function command(text, title, label) {
  const answer = await ask([
    'Run exactly this line in the root of the project, once, in one Bash call with a timeout of 600000 ms, and nothing else:',
    '', text, '',
    'Answer status "done" when it ended with exit code 0, "refused" when the call was refused (output = the refusal), else "failed"; exit = its exit code, -1 when refused;',
    'output = its last lines, at most 1500 letters. Do not repair anything, and run it a second time in no case.',
    `Run ${facts.run}, ${label}.`,
  ].join('\n'), { schema: RAN, label, phase: title, model: 'haiku', effort: 'low' })
  const ran = answer || { status: 'failed', exit: -1, output: 'the messenger gave no answer, twice' }
  seen.steps.push({ phase: title, agent: 'messenger', status: ran.status, summary: short(`${label}: exit ${ran.exit}: ${ran.output}`) })
  log(`${label}: ${ran.status}`)
  return ran
}

// What the reader of the result must know; the same source speaking again takes the place of what it said before.
function concern(source, text) {
  seen.concerns.push({ source, text })
}

function forget(source) {
  seen.concerns = seen.concerns.filter((entry) => entry.source !== source)
}

// An argument of the one script: a text, or the run stops.
function text(name, fallback) {
  const value = facts.given[name] === undefined ? fallback : facts.given[name]
  if (typeof value !== 'string' || value.trim() === '') halt('failed', `args.${name} is missing`, ['Fill it in and call the workflow again.'])
  return value
}

// A word for a command line, so that the shell reads it as it stands.
function quoted(word) {
  return /^[A-Za-z0-9_.\/:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function short(text) {
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text
}

function line(finding) {
  return `${finding.severity} ${finding.file}:${finding.line} ${finding.problem} Fix: ${finding.fix}`
}

function packet(phaseName, task) {
  const found = task.found && task.found.length > 0
    ? `\n\nFindings of the last round; each must be gone:\n${task.found.map((text) => `- ${text}`).join('\n')}`
    : ''
  const content = {
    task: facts.task,
    requirements: `${task.requirements || facts.requirements}${found}`,
    constraints: [facts.constraints, task.constraints || ''].filter((text) => text !== '').join('\n'),
    context_files: [...facts.context_files, ...(task.files || []).filter((file) => !facts.context_files.includes(file))],
    expected_output: task.expected || 'code and tests in the working tree, and a report',
    run: facts.run,
    phase: phaseName,
    base_tree: facts.base_tree,
    write_set: task.write_set || [],
  }
  return '```portcullis-packet\n' + JSON.stringify(content) + '\n```'
}

// What the command gave. `given` holds the arguments of the one script; it checks those itself.
function read(from) {
  let value = from
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value)
    } catch (error) {
      return { problem: 'args is not JSON' }
    }
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { problem: 'args is not an object' }
  for (const name of ['run', 'base_tree', 'task', 'requirements']) {
    if (typeof value[name] !== 'string' || value[name].trim() === '') return { problem: `args.${name} is missing` }
  }
  const { prefix = '', constraints = '', context_files: files = [], route = 'standard', developer = 'backend-developer' } = value
  if (prefix !== '' && prefix !== 'portcullis:') return { problem: 'args.prefix is neither empty nor "portcullis:"' }
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(value.task)) return { problem: 'args.task is not kebab-case' }
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(value.base_tree)) return { problem: 'args.base_tree is not a git tree id' }
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(value.run)) return { problem: 'args.run is no run id' }
  if (typeof constraints !== 'string') return { problem: 'args.constraints is not a string' }
  if (!Array.isArray(files) || files.some((file) => typeof file !== 'string')) return { problem: 'args.context_files is not a list of paths' }
  if (!['short', 'standard', 'full'].includes(route)) return { problem: 'args.route is none of short, standard, full' }
  if (!['backend-developer', 'frontend-developer', 'fullstack-developer'].includes(developer)) return { problem: 'args.developer is no developer of the bundle' }
  return {
    run: value.run, prefix, base_tree: value.base_tree, task: value.task, requirements: value.requirements,
    constraints, context_files: files, route, developer, given: value,
  }
}
// --- end of what is shared ---

const MEASURED = {
  type: 'object',
  properties: {
    verdict: { type: 'string', enum: ['better', 'same', 'worse', 'broken'] },
    ratio: { type: 'number' },
    reason: { type: 'string' },
    kept: { type: 'string' },
  },
  required: ['verdict', 'ratio', 'reason', 'kept'],
}
const CANDIDATES = 3

// Pattern: iterative refinement, profile → optimise → benchmark.
return await conduct('performance-pipeline', async () => {
  const benchmark = text('benchmark')
  let base = `refs/portcullis/runs/${facts.run}`
  phase('Profile')
  const { review } = await judge('performance-analyzer', 'profile', {
    title: 'Profile', expected: 'a review; each finding is one candidate with its share of the whole',
    requirements: `${facts.requirements}\n\nThe benchmark is \`${benchmark}\`. Findings are candidates, the largest gain first.`,
  })
  forget('performance-analyzer profile')
  const candidates = review.findings.slice(0, CANDIDATES)
  if (candidates.length === 0) return { status: 'completed', summary: `${facts.task}: the profile names nothing worth 5 %; nothing was changed` }
  const kept = []
  const dropped = []
  for (const [at, candidate] of candidates.entries()) {
    const name = `candidate ${at + 1} of ${candidates.length}, ${candidate.file}:${candidate.line}`
    log(name)
    await refine(async (found) => {
      phase('Optimise')
      await work(facts.developer, found.length > 0 ? 'repair' : 'implement', {
        title: 'Optimise', found, requirements: `Make this one change, and no other (${name}): ${line(candidate)}\nThe benchmark is \`${benchmark}\`.`,
        constraints: 'Behaviour and tests stay as they are.', files: [candidate.file],
      })
      return passes('test', 'Optimise')
    })
    phase('Benchmark')
    const measured = await measure(base, benchmark, name)
    seen.steps.push({ phase: 'benchmark', agent: 'messenger', status: measured.verdict, summary: short(`${name}: ${measured.reason}`) })
    if (measured.verdict === 'better') {
      kept.push(`kept ${name}: ${measured.reason}`)
      base = measured.kept
      continue
    }
    dropped.push(`dropped ${name}: ${measured.reason}`)
    await takeBack(base, measured.kept, name)
  }
  if (kept.length === 0) return { status: 'completed', summary: `${facts.task}: nothing helped; the tree is as it was`, next: dropped }
  await refine(async (found) => {
    if (found.length > 0) {
      phase('Optimise')
      await work(facts.developer, 'repair', { title: 'Optimise', found, constraints: 'Behaviour and tests stay as they are.' })
      const red = await passes('test', 'Optimise')
      if (red.length > 0) return red
      const again = await measure(`refs/portcullis/runs/${facts.run}`, benchmark, 'after the review')
      if (again.verdict !== 'better') return [`the repair lost the gain: ${again.reason}`]
    }
    phase('Review')
    return judged('code-reviewer', 'review', 'review', {
      title: 'Review', expected: `a review, round ${seen.rounds + 1}`,
      requirements: `${facts.requirements}\n\nWhat was kept:\n${kept.join('\n')}\nResults and outputs must be as before.`,
    })
  })
  return { status: 'completed', summary: `${facts.task}: ${kept.length} of ${candidates.length} candidates helped and were kept`, next: [...kept, ...dropped] }
})

async function measure(base, benchmark, name) {
  const line = `portcullis gate measure --base ${base} --json -- sh -c ${quoted(benchmark)}`
  const answer = await ask([
    `Run exactly \`${line}\` in the root of the project, once, with a Bash timeout of 600000 ms, and change no file.`,
    'Answer verdict, ratio, reason and kept as `measured` in its JSON has them; when it prints no JSON: verdict "broken", ratio 1, its error as the reason, kept empty.',
    `Run ${facts.run}, ${name}.`,
  ].join('\n'), {
    schema: MEASURED, label: `measure ${name}`, phase: 'Benchmark', model: 'haiku', effort: 'low',
  })
  if (!answer) halt('failed', 'the measurement gave no answer, twice', [`Run \`${line}\` and read its output.`])
  if (answer.verdict === 'broken') {
    halt('needs_context', `the benchmark cannot be run: ${answer.reason}`, [`Run \`${benchmark}\` by hand; it must end with exit code 0 on the base and on the tree.`])
  }
  log(`${name}: ${answer.verdict}: ${answer.reason}`)
  return answer
}

// The tree of before, new files included, without touching what git ignores.
async function takeBack(base, from, name) {
  const ran = await command(`git diff --binary ${from} ${base} | git apply`, 'Benchmark', `take back ${name}`)
  const red = ran.status === 'done' ? await passes('test', 'Benchmark') : [ran.output]
  if (red.length > 0) {
    halt('needs_context', `${name} did not help and could not be taken back: ${short(red[0])}`, [`Compare with \`git diff ${base}\` and put back what is not wanted.`])
  }
}
