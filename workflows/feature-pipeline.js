export const meta = {
  name: 'feature-pipeline',
  description: 'Implements one feature, runs the test gate on the tree, reviews the change; repairs are bounded',
  whenToUse: 'Started by the add-feature command, with the run facts that Portcullis gave it',
  phases: [
    { title: 'Implement', detail: 'backend-developer writes the change and its tests' },
    { title: 'Test gate', detail: 'portcullis gate run test writes a receipt for the tree', model: 'haiku' },
    { title: 'Review', detail: 'code-reviewer reads the change and changes nothing' },
  ],
}

// The messages. REPORT and REVIEW mean the same as schemas/report and schemas/review (tests/it/bundle.rs).
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
const GATE = {
  type: 'object',
  properties: {
    gate: { type: 'string', enum: ['test'] },
    status: { type: 'string', enum: ['passed', 'failed', 'not_run', 'timed_out', 'changed'] },
    receipt: { type: 'string' },
    summary: { type: 'string' },
    failures: STRINGS,
  },
  required: ['gate', 'status', 'receipt', 'summary', 'failures'],
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
const REPAIRS = 2 // After a red gate, in the whole run.
const REWORKS = 1 // After a review that asks for changes.

let report = null
let gate = null
let review = null
let repairs = 0
let reworks = 0
let round = 0
let findings = []

const facts = read(args)
if (facts.problem) return stop('failed', facts.problem, ['Run `portcullis doctor`, then the add-feature command again.'])

while (true) {
  round += 1
  phase('Implement')
  report = await ask(
    implementPrompt(findings),
    { agentType: facts.prefix + 'backend-developer', schema: REPORT, label: `implement ${round}`, phase: 'Implement' },
  )
  if (!report) return stop('failed', 'the developer gave no report, twice', ['Read the transcript of the developer, then run the command again.'])
  if (!['completed', 'completed_with_concerns'].includes(report.status)) {
    return stop(report.status, `the developer stopped: ${report.summary}`, report.next_steps)
  }

  phase('Test gate')
  gate = await ask(gatePrompt(), {
    schema: GATE, label: `test gate ${round}`, phase: 'Test gate', model: 'haiku', effort: 'low',
  })
  if (!gate) return stop('failed', 'the test gate gave no answer, twice', ['Run `portcullis gate run test` and read its output.'])
  if (gate.status !== 'passed') {
    log(`test gate: ${gate.status}: ${gate.summary}`)
    if (repairs === REPAIRS) {
      return stop('needs_context', `the test gate is ${gate.status} after ${REPAIRS} repairs: ${gate.summary}`, [
        'Run `portcullis gate run test` and read its output.',
        'Say which of the failures is wrong in the code and which in the test, then run the command again.',
      ])
    }
    repairs += 1
    const named = gate.failures.length > 0 ? gate.failures : [gate.summary]
    findings = named.map((failure) => `test gate ${gate.status}: ${failure}`)
    continue
  }

  phase('Review')
  review = await ask(
    reviewPrompt(),
    { agentType: facts.prefix + 'code-reviewer', schema: REVIEW, label: `review ${round}`, phase: 'Review' },
  )
  if (!review) return stop('failed', 'the reviewer gave no review, twice', ['The change is in the tree and its tests passed; review it by hand.'])
  const grave = review.findings.filter((finding) => finding.severity !== 'minor')
  if (grave.length === 0 && review.verdict === 'approve') {
    const status = report.status === 'completed' && review.findings.length === 0 ? 'completed' : 'completed_with_concerns'
    const minor = review.findings.map(line)
    return stop(status, review.summary, [...report.next_steps, ...minor])
  }
  if (grave.length === 0) {
    return stop('completed_with_concerns', `the reviewer asks for changes, none critical or major: ${review.summary}`, review.findings.map(line))
  }
  log(`review: ${grave.length} critical or major`)
  if (reworks === REWORKS) {
    return stop('needs_context', `the review still asks for changes: ${review.summary}`, grave.map(line))
  }
  reworks += 1
  findings = grave.map((finding) => `review ${line(finding)}`)
}

// One agent, asked again once when it died or was refused; null when both came to nothing.
async function ask(prompt, options) {
  for (const attempt of [1, 2]) {
    try {
      const answer = await agent(prompt, { ...options, label: attempt === 1 ? options.label : `${options.label}, again` })
      if (answer) return answer
      log(`${options.label}: no answer`)
    } catch (error) {
      log(`${options.label}: ${error && error.message ? error.message : error}`)
    }
  }
  return null
}

function read(given) {
  let value = given
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
  const prefix = value.prefix === undefined ? '' : value.prefix
  if (prefix !== '' && prefix !== 'portcullis:') return { problem: 'args.prefix is neither empty nor "portcullis:"' }
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(value.task)) return { problem: 'args.task is not kebab-case' }
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(value.base_tree)) return { problem: 'args.base_tree is not a git tree id' }
  const constraints = value.constraints === undefined ? '' : value.constraints
  if (typeof constraints !== 'string') return { problem: 'args.constraints is not a string' }
  const files = value.context_files === undefined ? [] : value.context_files
  if (!Array.isArray(files) || files.some((file) => typeof file !== 'string')) {
    return { problem: 'args.context_files is not a list of paths' }
  }
  return {
    run: value.run, prefix, base_tree: value.base_tree, task: value.task, requirements: value.requirements, constraints, context_files: files,
  }
}

function packet(phaseName, requirements, constraints, expected) {
  const content = {
    task: facts.task, requirements, constraints, context_files: facts.context_files,
    expected_output: expected, run: facts.run, phase: phaseName,
  }
  return '```portcullis-packet\n' + JSON.stringify(content) + '\n```'
}

function implementPrompt(found) {
  const requirements = found.length === 0
    ? facts.requirements
    : `${facts.requirements}\n\nFindings of the last round; each must be gone:\n${found.map((text) => `- ${text}`).join('\n')}`
  return `Carry out this packet.\n\n${packet(found.length === 0 ? 'implement' : 'repair', requirements, facts.constraints, 'code and tests in the working tree, and a report')}`
}

function gatePrompt() {
  return [
    'Run exactly `portcullis gate run test --json` in the root of the project, once, with a Bash timeout of 600000 ms, and change no file.',
    'It prints a receipt. Answer gate "test", status as the receipt has it, receipt = its id, summary = its reason,',
    'failures = the failing tests by name with the first line of each message, at most 20, empty when it passed.',
    'When it prints no receipt or a status that is not in the schema, answer not_run with an empty receipt and its error as the summary.',
    'An answer that differs from the receipts is refused.',
    `Run ${facts.run}, round ${round}.`,
  ].join('\n')
}

function reviewPrompt() {
  return `Review the change of this packet. Base tree: ${facts.base_tree}. Files the developer names: ${JSON.stringify(report.files_changed)}. `
    + `Receipt of the test gate: ${gate.receipt}.\n\n${packet('review', facts.requirements, facts.constraints, 'a review')}`
}

function line(finding) {
  return `${finding.severity} ${finding.file}:${finding.line} ${finding.problem} Fix: ${finding.fix}`
}

function stop(status, summary, next) {
  return {
    run: facts.run || null, status, summary, report, gate, review, rounds: round, next_steps: next,
  }
}
