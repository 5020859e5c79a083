// Package board is the live board: a page on loopback for the certification
// call. It shows a run as it goes on, judged again with every step, and passes
// on what a person asks for. It touches neither app nor Anton: main gives it
// events, steps and hands.
package board

import (
	"crypto/rand"
	"html/template"
	"slices"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// Step is how far one exercise has come, as the plan tells it.
type Step struct {
	Name  recording.Exercise
	Title string
	State string // "offered", "planned", "running", "done", "left out"
	Begun time.Time
	Lasts time.Duration // what it takes a correct app, about
	Waits string        // what is waited for now; "": nothing
	Until time.Time     // when that wait ends at the latest
	Note  string        // why it was left out
}

// Hands are what the presenter may do; an error is one line for them. Members
// may be nil: that cannot be done in this run.
type Hands struct {
	Faults   [][2]string // name and what happens
	Variants [][2]string // of webhook deliveries, the same
	Statuses []string    // where a payout can be walked to
	Arm      func(fault string, times int) error
	Pay      func(hold string) error
	Deliver  func(variant string) error
	Walk     func(reference, status string) error
	Exercise func(name string) error
	Mark     func(recording.Mark) error
	Waive    func(file string, text []byte) error
	End      func()
}

// File is something to take away when the run has ended.
type File struct {
	Name string // as it is saved
	Path string
	Note string // who signed it, or that nobody did
}

// Board is one run's. Use New. All methods may be called at once.
type Board struct {
	Presenter, Viewer string // the tokens of the two links

	now   func() time.Time
	epoch string        // of this board: a page of another one loads anew
	dirty chan struct{} // something is to be judged or drawn
	stop  chan struct{}
	idle  sync.WaitGroup

	mu      sync.Mutex
	rec     recording.Recording
	report  *reports.Report // latest; nil: nothing was judged yet
	steps   []Step
	hands   *Hands // nil: the app is not ready
	payouts []payout
	final   bool // the report is the run's own, and files are there
	files   []File
	rows    []row
	parts   []*part
	version int           // of the latest change of a part
	told    int           // rows that the streams know of
	changed chan struct{} // closed and replaced at every change
}

// part is a piece of the page that changes as a whole.
type part struct {
	id      string
	version int
	html    template.HTML
	counts  template.HTML // what of it is news when it changes
}

// New makes a board that judges and draws until Close. now tells the time;
// nothing but the pace of judging depends on it.
func New(now func() time.Time) *Board {
	b := &Board{
		Presenter: rand.Text(), Viewer: rand.Text(), epoch: rand.Text()[:8], now: now,
		dirty: make(chan struct{}, 1), stop: make(chan struct{}), changed: make(chan struct{}),
	}
	b.draw()
	b.idle.Go(b.follow)
	return b
}

// Close ends judging and streams.
func (b *Board) Close() {
	close(b.stop)
	b.idle.Wait()
}

// Take takes the next event of the recording in.
func (b *Board) Take(e recording.Event) {
	b.mu.Lock()
	b.rec.Add(e)
	if r, ok := b.tell(e); ok {
		b.rows = append(b.rows, r)
	}
	if e.Exchange != nil {
		b.note(e.Exchange)
	}
	b.mu.Unlock()
	b.touch()
}

// Turn takes the next state of a step in.
func (b *Board) Turn(s Step) {
	b.mu.Lock()
	if at := slices.IndexFunc(b.steps, func(o Step) bool { return o.Name == s.Name }); at >= 0 {
		b.steps[at] = s
	} else {
		b.steps = append(b.steps, s)
	}
	b.mu.Unlock()
	b.touch()
}

// Hand gives the presenter something to do.
func (b *Board) Hand(h Hands) {
	b.mu.Lock()
	b.hands = &h
	b.mu.Unlock()
	b.touch()
}

// Finish shows the run's own report, and what there is to take away.
func (b *Board) Finish(r *reports.Report, files []File) {
	b.mu.Lock()
	b.final, b.report, b.files, b.hands = true, r, files, nil
	b.mu.Unlock()
	b.touch()
}

func (b *Board) touch() {
	select {
	case b.dirty <- struct{}{}:
	default:
	}
}
