package conformance_test

import (
	"fmt"
	"strings"
)

const reliabilityHead = `# What happens when something breaks

Written by ` + "`go test ./internal/conformance -run TestReliabilityDocument -update`" + `; ` + "`go test ./internal/conformance`" + ` puts every cell to the test, on servers with
idempotency and without, and fails where this file says anything else. The server is ` + "`novutest`" + `, in memory and on a fake clock; the
policies are the default ones.

## The rules

What is repeated follows from what an operation is:

- **read** and **idempotent write** (update, delete): after every failure that may pass.
- **create**: the same, since it carries an identifier. A repeat that meets the first is a conflict, which is read back.
- **lock** (FailIfExists): the same, but a conflict after an attempt that can have been carried out is ErrOutcomeUnknown: nobody can
  tell who was first.
- **trigger**: the same, not before a second has passed where the first may have been accepted, under a new idempotency key once
  the server has answered with an error.
- **post** (a webhook, a bot's message): only where it can't have been posted: no connection, 429, 503 with Retry-After.

There are four attempts, and a Retry-After is obeyed if it is at most 60 s and the deadline allows it; else the call fails at once.

## Every fault, every operation

A fault happens once unless the row says otherwise. A cell says how the call ends, how many requests were sent (attempts that
found no connection count, the reading back of a conflict does not) and, behind the arrow, how often the call took effect on the server.

Operations: %s.
`

const reliabilityFoot = `
¹ A webhook and a delete are done when the status says so; here their answers have no body that could break, and a webhook's
  would not matter. A bot's message is reported as an error although it was posted.
² Any 2xx is a success where the body does not matter. A proxy that answers 200 by itself goes unnoticed there. A create whose
answer can't be read is read back.

## Ten thousand, at 64 goroutines

3 of 10 requests fail: refused, broken before or after the commit or in the middle of the answer, or answered 429, 500, 502 (before
and after the commit) or 503; where there is no bound, the commit may also follow the break, and 500 is kept under the key. With
idempotency on and off, ` + "`go test ./internal/conformance -run TestTenThousand`" + ` finds:

| | Asked for | Errors | On the server |
|---|---|---|---|
| creates, at most three faults in a row for one | 10,000 | 0 | 10,000 |
| triggers, at most three faults in a row for one | 10,000 | 0 | 10,000 messages |
| creates, faults without bound | 10,000 | some | one for each success, one or none for each error |
| triggers, faults without bound | 10,000 | some | one message for each success, one or none for each error |

A trigger is sent at most once given that the server processes what it accepts within a second; here it takes half of one.
`

// reliability is docs/reliability.md.
func reliability() string {
	var b strings.Builder
	names := make([][]string, kinds)
	for _, op := range operations {
		names[op.kind] = append(names[op.kind], "`"+op.name+"`")
	}
	var list []string
	for k := range kinds {
		list = append(list, kindNames[k]+" is "+strings.Join(names[k], ", "))
	}
	fmt.Fprintf(&b, reliabilityHead, strings.Join(list, ";\n"))
	for start := 0; start < len(faults); {
		end := start
		for end < len(faults) && faults[end].group == faults[start].group {
			end++
		}
		writeGroup(&b, faults[start:end])
		start = end
	}
	b.WriteString(reliabilityFoot)
	return b.String()
}

// writeGroup writes one table, with one row for all faults that have the same
// outcomes.
func writeGroup(b *strings.Builder, group []fault) {
	fmt.Fprintf(b, "\n### %s\n\n| |", group[0].group)
	for _, name := range kindNames {
		b.WriteString(" " + name + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", 1+int(kinds)) + "\n")
	names := make(map[string][]string)
	for i := range group {
		names[group[i].expect] = append(names[group[i].expect], group[i].name)
	}
	for i := range group {
		f := &group[i]
		if names[f.expect][0] != f.name {
			continue
		}
		b.WriteString("| " + strings.Join(names[f.expect], "; ") + " |")
		for k := range kinds {
			b.WriteString(" " + cell(f.expected(k)) + " |")
		}
		b.WriteString("\n")
	}
}

// cell spells an expectation out: "error20" is "error 2 → 0".
func cell(expected string) string {
	if expected == "-" {
		return ""
	}
	outcome := strings.TrimRight(expected, "0123456789-")
	figures := strings.TrimPrefix(expected, outcome)
	if outcome == "error" {
		outcome = "**error**"
	}
	if figures[1] == '-' {
		return fmt.Sprintf("%s %c", outcome, figures[0])
	}
	return fmt.Sprintf("%s %c → %c", outcome, figures[0], figures[1])
}
