package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor/internal/taskgraph"
	"github.com/novu-go/novu/internal/redact"
)

type (
	graph = taskgraph.Graph[Finding]
	task  = taskgraph.Task[Finding]
)

// findings are those that a check has waited for.
type findings map[Check]Finding

// link is one check of the chain and what it depends on.
type link struct {
	name   Check
	needs  []Check // must hold, perhaps with a warning; if one does not, this check is pointless
	unless []Check // if one of these is broken, this check is pointless
	after  []Check // are only waited for
	// microsoft says that only Microsoft can tell.
	microsoft bool
	run       func(context.Context, findings) Finding
	// then is called once there is a finding, whatever it says.
	then func(context.Context)
}

// subject is what several checks are about, such as an endpoint. Its checks may depend on earlier
// ones of its own and on those of the subjects that it uses.
type subject struct {
	rank   rank
	title  string
	uses   []*subject
	checks []Check // in the order of the report
	tasks  map[Check]*task
}

// rank orders the report along the chain.
type rank int

const (
	rankTransaction rank = iota
	rankNovu
	rankAgent
	rankBridge
	rankWorkflow
	rankSubscriber
	rankEndpoint
	rankConnection
	rankIntegration
	rankTenant
)

// examination is one question on its way to an answer. What a check finds out for others it leaves
// in its subject; they read it after they have waited for the check.
type examination struct {
	doctor       *Doctor
	question     Question
	contexts     []string // of the question, as keys
	checkTimeout time.Duration
	silent       bool // does not report its progress
	graph        *graph

	telling sync.Mutex // held while the caller is told of the progress

	mu          sync.Mutex
	subjects    []*subject
	secrets     []novu.Secret // that must not be in the report
	directories map[string]*directory
	progress    Progress

	server    *server
	workflow  *workflow
	recipient *recipient
}

func newExamination(d *Doctor, q Question) *examination {
	return &examination{
		doctor: d, question: q, contexts: q.Context.Keys(), checkTimeout: d.checkTimeout,
		graph: taskgraph.New[Finding](concurrent), directories: map[string]*directory{},
	}
}

// run answers the question.
func (x *examination) run(ctx context.Context) *Report {
	started := time.Now()
	examineServer(ctx, x)
	switch {
	case x.question.AgentIdentifier != "":
		examineAgent(ctx, x)
	case x.question.TransactionID != "":
		examineTransaction(ctx, x)
	case x.question.isOnlyIntegration():
		examineIntegration(ctx, x)
	default:
		x.followQuestion(ctx)
	}
	x.graph.Wait()
	report := x.report()
	report.StartedAt, report.Duration = started, time.Since(started)
	return report
}

// followQuestion examines what the question names. Everything else follows from that.
func (x *examination) followQuestion(ctx context.Context) {
	x.contexts = x.question.Context.Keys()
	examineWorkflow(ctx, x)
	examineRecipient(ctx, x)
}

// add makes s known and starts its checks.
func (x *examination) add(ctx context.Context, s *subject, checks ...link) {
	if s.tasks == nil {
		s.tasks = map[Check]*task{}
	}
	x.mu.Lock()
	if !slices.Contains(x.subjects, s) {
		x.subjects = append(x.subjects, s)
	}
	x.progress.Total += len(checks)
	x.mu.Unlock()
	for _, c := range checks {
		waitFor := slices.Concat(c.after, c.needs, c.unless)
		earlier := make([]*task, len(waitFor))
		for i, name := range waitFor {
			earlier[i] = s.find(name)
		}
		s.checks = append(s.checks, c.name)
		s.tasks[c.name] = x.graph.Add(ctx, earlier, func(ctx context.Context, results []Finding) Finding {
			found := findings{}
			for i, name := range waitFor {
				found[name] = results[i]
			}
			f := x.runLink(ctx, c, found)
			f.Check, f.Subject = c.name, s.title
			if c.then != nil {
				c.then(ctx)
			}
			x.tellProgress(f)
			return f
		})
	}
}

// find returns a check of s, or of one of the subjects that it uses.
func (s *subject) find(name Check) *task {
	for _, one := range append([]*subject{s}, s.uses...) {
		if t := one.tasks[name]; t != nil {
			return t
		}
	}
	return taskgraph.Done(notChecked("%s does not apply", name))
}

// runLink makes the check, unless it is pointless.
func (x *examination) runLink(ctx context.Context, c link, found findings) Finding {
	for _, name := range c.needs {
		if v := found[name].Verdict; v == Broken || v == NotChecked {
			return dependsOn(name, found[name])
		}
	}
	for _, name := range c.unless {
		if found[name].Verdict == Broken {
			return dependsOn(name, found[name])
		}
	}
	if c.microsoft && len(x.doctor.apps) == 0 {
		return notChecked("only Microsoft can tell; see WithMSTeams")
	}
	if ctx.Err() != nil {
		return x.inconclusive(ctx, ctx.Err())
	}
	limited, cancel := context.WithTimeout(ctx, x.checkTimeout)
	defer cancel()
	return c.run(limited, found)
}

func (x *examination) tellProgress(f Finding) {
	if x.silent || x.doctor.progress == nil {
		return
	}
	f = x.scrub(f)
	x.telling.Lock()
	defer x.telling.Unlock()
	x.mu.Lock()
	x.progress.Done++
	x.progress.Finding = f
	progress := x.progress
	x.mu.Unlock()
	x.doctor.progress(progress)
}

// report collects the findings along the chain.
func (x *examination) report() *Report {
	r := &Report{
		AgentIdentifier: x.question.AgentIdentifier, SubscriberID: x.question.SubscriberID, WorkflowID: x.question.WorkflowID, TransactionID: x.question.TransactionID,
		ContextKeys: append([]string{}, x.contexts...),
	}
	if x.question.isOnlyIntegration() {
		r.IntegrationIdentifier = x.question.IntegrationIdentifier
	}
	slices.SortStableFunc(x.subjects, func(a, b *subject) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.title, b.title))
	})
	reported := map[string]bool{}
	for _, s := range x.subjects {
		found := findings{}
		for _, name := range s.checks {
			found[name] = s.tasks[name].Result()
		}
		for _, name := range s.checks {
			f := found.explained(name)
			// Two connections to one tenant lead to the same findings.
			if key := f.Subject + "\x00" + string(name); f.Subject != "" && !reported[key] {
				reported[key] = true
				r.Findings = append(r.Findings, x.scrub(f))
			}
		}
	}
	r.settleVerdict()
	return r
}

// explained returns the finding of a check or, if another one explains it, that it depends on that
// one.
func (found findings) explained(name Check) Finding {
	f := found[name]
	for _, cause := range f.explainedBy {
		if found[cause].Verdict == Broken {
			merged := dependsOn(cause, found[cause])
			merged.Check, merged.Subject = f.Check, f.Subject
			return merged
		}
	}
	return f
}

// inconclusive is the finding of a check whose question was not answered.
func (x *examination) inconclusive(ctx context.Context, err error) Finding {
	var limit *limitError
	switch {
	case errors.As(context.Cause(ctx), &limit):
		return notChecked("%v", limit)
	case errors.Is(err, context.DeadlineExceeded):
		return notChecked("there was no answer within %s", x.checkTimeout)
	case errors.Is(err, context.Canceled):
		return notChecked("the examination was canceled before there was an answer")
	}
	return notChecked("%v", err)
}

// hide keeps secrets out of the report, should a server echo them.
func (x *examination) hide(secrets ...novu.Secret) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.secrets = append(x.secrets, secrets...)
}

// scrub returns f without secrets.
func (x *examination) scrub(f Finding) Finding {
	x.mu.Lock()
	secrets := x.secrets[:len(x.secrets):len(x.secrets)]
	x.mu.Unlock()
	clean := func(text string) string { return redact.Scrub(text, secrets...) }
	f.Message, f.Remedy, f.Subject = clean(f.Message), clean(f.Remedy), clean(f.Subject)
	f.ForCustomer = clean(f.ForCustomer)
	evidence := map[string]string{}
	for name, value := range f.Evidence {
		evidence[name] = clean(value)
	}
	if len(evidence) > 0 {
		f.Evidence = evidence
	}
	return f
}

func subjectTitle(kind, id string) string {
	if id == "" {
		return kind
	}
	return kind + " " + id
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
