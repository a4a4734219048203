package doctor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/redact"
)

// link is one check, and what it depends on.
type link struct {
	check  Check
	needs  []Check // have to hold, with a warning perhaps; else this is not checked
	unless []Check // are waited for; if one is broken, this is not checked
	after  []Check // are waited for, whatever they come to
	// microsoft says that only Microsoft can tell.
	microsoft bool
	run       func(context.Context) Finding
	// then is run once there is a finding, whatever it says.
	then func(context.Context)
}

// scope is one subject with its links. Those of other scopes that its own depend
// on are found through uses, in that order.
type scope struct {
	x       *examination
	rank    rank
	subject string
	links   []link
	uses    func() []*scope
	tasks   map[Check]*task
}

type task struct {
	done    chan struct{}
	finding Finding // to be read once done is closed
}

// rank orders the report along the chain.
type rank int

const (
	rankNovu rank = iota
	rankWorkflow
	rankSubscriber
	rankEndpoint
	rankConnection
	rankIntegration
	rankTenant
)

// examination is one question being answered. What checks find out for others
// is written by one check and read by those that need it, after it is done.
type examination struct {
	doctor   *Doctor
	question Question
	contexts []string // of the question, as keys

	slots   chan struct{}
	running sync.WaitGroup

	mu      sync.Mutex
	scopes  []*scope
	secrets []novu.Secret // that must not be in the report
	tenants map[string]*tenant

	server    *server
	workflow  *workflow
	recipient *recipient
}

func newExamination(d *Doctor, q Question) *examination {
	x := &examination{
		doctor: d, question: q, contexts: q.Context.Keys(),
		slots: make(chan struct{}, concurrent), tenants: map[string]*tenant{},
	}
	x.server, x.workflow, x.recipient = newServer(x), newWorkflow(x), newRecipient(x)
	return x
}

// run starts what can be examined from the start, and waits for everything that
// follows from it.
func (x *examination) run(ctx context.Context) *Report {
	report := &Report{
		SubscriberID: x.question.SubscriberID, WorkflowID: x.question.WorkflowID, ContextKeys: append([]string{}, x.contexts...),
		StartedAt: time.Now(),
	}
	for _, s := range slices.Clone(x.scopes) {
		s.start(ctx)
	}
	x.running.Wait()
	slices.SortStableFunc(x.scopes, func(a, b *scope) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.subject, b.subject))
	})
	for _, s := range x.scopes {
		for _, l := range s.links {
			report.Findings = append(report.Findings, x.scrub(s.tasks[l.check].finding))
		}
	}
	report.settle()
	report.Duration = time.Since(report.StartedAt)
	return report
}

// add makes a scope known, so that others can depend on it before it is started.
func (x *examination) add(s *scope) *scope {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.addLocked(s)
}

func (x *examination) addLocked(s *scope) *scope {
	s.x, s.tasks = x, map[Check]*task{}
	for _, l := range s.links {
		s.tasks[l.check] = &task{done: make(chan struct{})}
	}
	x.scopes = append(x.scopes, s)
	return s
}

func (s *scope) start(ctx context.Context) {
	for _, l := range s.links {
		s.x.running.Go(func() {
			t := s.tasks[l.check]
			defer close(t.done)
			t.finding = s.examine(ctx, l)
			t.finding.Check, t.finding.Subject = l.check, s.subject
			if l.then != nil {
				l.then(ctx)
			}
		})
	}
}

func (s *scope) examine(ctx context.Context, l link) Finding {
	// First, since what follows a check may read what those found, even if the
	// check itself is not made.
	for _, check := range l.after {
		s.wait(check)
	}
	if l.microsoft && s.x.doctor.ms == nil {
		return notChecked("only Microsoft can tell, see WithMSTeams")
	}
	for _, check := range l.needs {
		if f := s.wait(check); f.Verdict == Broken || f.Verdict == NotChecked {
			return hidden(check, f.Verdict)
		}
	}
	for _, check := range l.unless {
		if f := s.wait(check); f.Verdict == Broken {
			return hidden(check, f.Verdict)
		}
	}
	select {
	case s.x.slots <- struct{}{}:
		defer func() { <-s.x.slots }()
	case <-ctx.Done():
		return notChecked("the examination was ended before")
	}
	ctx, cancel := context.WithTimeout(ctx, s.x.doctor.timeout)
	defer cancel()
	return l.run(ctx)
}

func hidden(by Check, verdict Verdict) Finding {
	f := notChecked("%s is %s", by, verdict)
	if verdict == NotChecked {
		f.Message = string(by) + " was not checked"
	}
	f.Because = by
	return f
}

// wait returns the finding of a check of this scope, or of one that it uses.
func (s *scope) wait(check Check) Finding {
	t := s.tasks[check]
	if t == nil && s.uses != nil {
		for _, other := range s.uses() {
			if t = other.tasks[check]; t != nil {
				break
			}
		}
	}
	if t == nil {
		return notChecked("%s does not apply", check)
	}
	<-t.done
	return t.finding
}

// inconclusive is the finding of a check whose question was not answered.
func (x *examination) inconclusive(err error) Finding {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return notChecked("it was not answered within %s", x.doctor.timeout)
	case errors.Is(err, context.Canceled):
		return notChecked("the examination was ended before it was answered")
	}
	return notChecked("%v", err)
}

// hide keeps secrets out of the report, should a server echo them.
func (x *examination) hide(secrets ...novu.Secret) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.secrets = append(x.secrets, secrets...)
}

func (x *examination) scrub(f Finding) Finding {
	clean := func(text string) string { return redact.Scrub(text, x.secrets...) }
	f.Message, f.Remedy, f.Subject = clean(f.Message), clean(f.Remedy), clean(f.Subject)
	for name, value := range f.Evidence {
		f.Evidence[name] = clean(value)
	}
	return f
}
