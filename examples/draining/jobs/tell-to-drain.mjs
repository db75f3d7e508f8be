const { HOST, PORT } = process.env
const answer = await fetch(`http://${HOST}:${PORT}/drain`, { method: 'POST' })
if (!answer.ok) throw new Error(`POST /drain answered ${answer.status}`)
