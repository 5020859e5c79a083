package exercise

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// States of a step.
const (
	Offered = "offered" // a person may ask for it
	Planned = "planned"
	Running = "running"
	Done    = "done"
	LeftOut = "left out"
)

// Step is how far one exercise of the plan has come. All that it holds may be
// shown to anyone.
type Step struct {
	Name  recording.Exercise
	Title string
	State string
	Begun time.Time     // zero: not yet
	Lasts time.Duration // what it takes a correct app, about
	Waits string        // what is waited for now, "a retry (GLX-004 and 5 more)"; "": nothing
	Until time.Time     // when that wait ends at the latest
	Note  string        // why it was left out
}

// left is how long it will still take, about: by the plan, and beyond it by the
// wait that it is in.
func (s Step) left(now time.Time) time.Duration {
	if s.State != Running {
		return s.Lasts
	}
	if by := s.Lasts - now.Sub(s.Begun); by > 0 {
		return by
	}
	return max(0, s.Until.Sub(now))
}

// progress keeps the steps of a run. Safe for concurrent use.
type progress struct {
	now  func() time.Time
	tell func(Step) // called with every change, one at a time; nil: nobody listens

	mu    sync.Mutex
	steps []*step
}

type step struct {
	Step
	phase Phase
	waits []*wait // oldest first
}

type wait struct {
	operation, what string
	until           time.Time
}

// plan makes the steps known; one that is there already is planned again.
func (p *progress) plan(chosen []*Exercise) {
	for _, x := range chosen {
		p.change(x.Name, func(s *step) {
			s.Step = Step{Name: x.Name, Title: x.Title, State: Planned, Lasts: x.Lasts}
			s.phase = x.Phase
		})
	}
}

// offer makes steps known that nobody has asked for yet.
func (p *progress) offer(chosen []*Exercise) {
	p.plan(chosen)
	for _, x := range chosen {
		p.turn(x.Name, Offered, "")
	}
}

// turn puts an exercise into a state.
func (p *progress) turn(x recording.Exercise, state, note string) {
	p.change(x, func(s *step) {
		s.State, s.Note = state, note
		if state == Running {
			s.Begun = p.now()
		}
	})
}

// wait notes what an operation waits for ("": the whole exercise), and for how
// long at most. done takes it back.
func (p *progress) wait(x recording.Exercise, operation, what string, limit time.Duration) (done func()) {
	w := &wait{operation, what, p.now().Add(limit)}
	p.change(x, func(s *step) { s.waits = append(s.waits, w) })
	return func() {
		p.change(x, func(s *step) { s.waits = slices.DeleteFunc(s.waits, func(o *wait) bool { return o == w }) })
	}
}

func (p *progress) change(x recording.Exercise, how func(*step)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.steps, func(s *step) bool { return s.Name == x })
	if at < 0 {
		at = len(p.steps)
		p.steps = append(p.steps, &step{Step: Step{Name: x, State: Planned}})
	}
	s := p.steps[at]
	before := s.Step
	how(s)
	s.Waits, s.Until = summary(s.waits)
	if x == recording.ByHand { // of no plan: it runs while something is waited for
		s.Title, s.State = "what a person asked for", Offered
		if s.Waits != "" {
			s.State = Running
		}
	}
	if p.tell != nil && s.Step != before {
		p.tell(s.Step)
	}
}

// summary tells the wait that most operations are in, the latest of equals.
func summary(waits []*wait) (text string, until time.Time) {
	count := map[string]int{}
	for _, w := range waits {
		count[w.what]++
		until = later(until, w.until)
	}
	var most *wait
	for _, w := range waits {
		if most == nil || count[w.what] >= count[most.what] {
			most = w
		}
	}
	if most == nil {
		return "", until
	}
	who := most.operation
	if n := count[most.what]; n > 1 {
		who += fmt.Sprintf(" and %d more", n-1)
	}
	if who == "" {
		return most.what, until
	}
	return most.what + " (" + who + ")", until
}

// all are the steps as they stand.
func (p *progress) all() (steps []Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.steps {
		steps = append(steps, s.Step)
	}
	return steps
}

// remaining is how long the plan will still take, about: the longest of those
// side by side, and the others one after the other.
func (p *progress) remaining(now time.Time) (done, total int, left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest time.Duration
	for _, s := range p.steps {
		if s.State == Offered {
			continue
		}
		total++
		switch {
		case s.State == Done || s.State == LeftOut:
			done++
		case s.phase == Together:
			longest = max(longest, s.left(now))
		default:
			left += s.left(now)
		}
	}
	return done, total, left + longest
}
