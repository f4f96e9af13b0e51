// {title}: one worker, then one reader of what it did.
//
// Input: `args.task`, what must be true afterwards. Output: {report, review}.
export const meta = {
  name: '{name}',
  description: '{title}: does one task, then reads the result',
  whenToUse: 'Started by a command or on request, with the task in args',
  phases: [
    { title: 'Work', detail: 'one worker does the task' },
    { title: 'Read', detail: 'another reads the change and changes nothing' },
  ],
}

const REPORT = {
  type: 'object',
  properties: { status: { type: 'string', enum: ['done', 'blocked'] }, summary: { type: 'string' } },
  required: ['status', 'summary'],
}
const REVIEW = {
  type: 'object',
  properties: { verdict: { type: 'string', enum: ['approve', 'request_changes'] }, summary: { type: 'string' } },
  required: ['verdict', 'summary'],
}

phase('Work')
const report = await agent(`Do this: ${args.task}`, { label: 'work', phase: 'Work', schema: REPORT })

phase('Read')
const review = await agent(`Read the change that does this, and change nothing: ${args.task}`, {
  label: 'read',
  phase: 'Read',
  schema: REVIEW,
})

return { report, review }
