package backoff

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var (
	trials = flag.Int("trials", 8, "simulated runs of each strategy and base")
	write  = flag.Bool("write", false, "write testdata/characteristics.txt anew, with -trials 1000")
)

// strategy draws the delays of one operation, in seconds, timer noise apart.
type strategy struct {
	name          string
	grows, jitter bool
	draw          func(r *rand.Rand, base float64, n int) Series
}

// each makes a strategy whose delays depend on their number alone.
func each(name string, grows, jitter bool, d func(r *rand.Rand, base float64, i int) float64) strategy {
	return strategy{name, grows, jitter, func(r *rand.Rand, base float64, n int) Series {
		s := make(Series, n)
		for i := range s {
			s[i] = d(r, base, i)
		}
		return s
	}}
}

func pow(f float64, i int) float64 {
	p := 1.0
	for range i {
		p *= f
	}
	return p
}

func in(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }

var strategies = build()

func build() []strategy {
	var all []strategy
	for _, f := range []float64{1.5, 2, 3} {
		all = append(all,
			each(fmt.Sprintf("x%g, no jitter", f), true, false, func(r *rand.Rand, b float64, i int) float64 { return b * pow(f, i) }),
			each(fmt.Sprintf("x%g, +-10 %%", f), true, true, func(r *rand.Rand, b float64, i int) float64 { return b * pow(f, i) * in(r, .9, 1.1) }),
			each(fmt.Sprintf("x%g, equal jitter", f), true, true, func(r *rand.Rand, b float64, i int) float64 { return b * pow(f, i) * in(r, .5, 1) }),
			each(fmt.Sprintf("x%g, full jitter", f), true, true, func(r *rand.Rand, b float64, i int) float64 { return b * pow(f, i) * r.Float64() }),
			each(fmt.Sprintf("x%g, plus 0 to base", f), true, true, func(r *rand.Rand, b float64, i int) float64 { return b*pow(f, i) + b*r.Float64() }),
		)
	}
	return append(all,
		each("x2 from 0.5 s up, plus 0 to 1 s", true, true, func(r *rand.Rand, b float64, i int) float64 { return max(b, .5)*pow(2, i) + r.Float64() }),
		each("x2, +-10 %, cap after two", true, true, func(r *rand.Rand, b float64, i int) float64 { return b * pow(2, min(i, 1)) * in(r, .9, 1.1) }),
		each("x2, equal jitter, cap after two", true, true, func(r *rand.Rand, b float64, i int) float64 { return b * pow(2, min(i, 1)) * in(r, .5, 1) }),
		strategy{"decorrelated jitter", true, true, func(r *rand.Rand, b float64, n int) Series {
			s, before := make(Series, n), b
			for i := range s {
				before = in(r, b, 3*before)
				s[i] = before
			}
			return s
		}},
		each("immediate", false, false, func(*rand.Rand, float64, int) float64 { return 0 }),
		each("constant", false, false, func(r *rand.Rand, b float64, i int) float64 { return b }),
		each("constant, +-10 %", false, true, func(r *rand.Rand, b float64, i int) float64 { return b * in(r, .9, 1.1) }),
		each("constant, equal jitter", false, true, func(r *rand.Rand, b float64, i int) float64 { return b * in(r, .5, 1) }),
		each("constant, full jitter", false, true, func(r *rand.Rand, b float64, i int) float64 { return b * r.Float64() }),
		each("linear", false, false, func(r *rand.Rand, b float64, i int) float64 { return b * float64(i+1) }),
		each("linear, +-10 %", false, true, func(r *rand.Rand, b float64, i int) float64 { return b * float64(i+1) * in(r, .9, 1.1) }),
		each("linear, plus 0 to base/2", false, true, func(r *rand.Rand, b float64, i int) float64 { return b*float64(i+1) + b/2*r.Float64() }),
	)
}

// tally is how a strategy fared.
type tally struct{ yes, no, undecided, more int }

func (t *tally) add(a Answer) {
	switch a {
	case Yes:
		t.yes++
	case No:
		t.no++
	default:
		t.undecided++
	}
}

// run simulates one certification: 6 operations, further ones to 16 while undecided.
func run(r *rand.Rand, s strategy, base float64, judge func([]Series) Judgement) (Answer, int) {
	var all []Series
	for _, n := range []int{6, 11, 16} {
		for len(all) < n {
			one := s.draw(r, base, 3)
			for i := range one {
				one[i] += in(r, 0, noise)
			}
			all = append(all, one)
		}
		if a := judge(all).Answer; a != Undecided || n == 16 {
			return a, n
		}
	}
	return Undecided, 16
}

func simulate(s strategy, judge func([]Series) Judgement, n int) tally {
	r := rand.New(rand.NewPCG(2026, uint64(len(s.name))))
	var t tally
	for _, base := range []float64{0.1, 0.5, 2} {
		for range n {
			a, ops := run(r, s, base, judge)
			t.add(a)
			if ops > 6 {
				t.more++
			}
		}
	}
	return t
}

func row(s strategy, what string, t tally) string {
	sum := float64(t.yes + t.no + t.undecided)
	pc := func(n int) string { return fmt.Sprintf("%6.2f", 100*float64(n)/sum) }
	return fmt.Sprintf("%-34s %-7s %s %s %s %s", s.name, what, pc(t.yes), pc(t.no), pc(t.undecided), pc(t.more))
}

const table = "testdata/characteristics.txt"

// TestCharacteristics simulates every strategy and holds the judge to the bounds
// of the checklist: at most 0.5 % of right strategies called wrong, at least
// 99 % of wrong ones caught, under 5 % undecided.
func TestCharacteristics(t *testing.T) {
	lines := []string{"# go test ./checks/backoff -run Characteristics -trials 1000 -write",
		"# bases 0.1, 0.5 and 2 s, timer noise 0 to 15 ms, 6 operations of 3 delays, to 16 while undecided",
		fmt.Sprintf("%-34s %-7s %6s %6s %6s %6s", "# % of runs", "judged", "yes", "no", "open", "more")}
	slack := 3.0 / float64(*trials) // of a small simulation
	for _, s := range strategies {
		for _, j := range []struct {
			what  string
			judge func([]Series) Judgement
			right bool
		}{{"growth", Growth, s.grows}, {"jitter", Jitter, s.jitter}} {
			got := simulate(s, j.judge, *trials)
			lines = append(lines, row(s, j.what, got))
			sum := float64(got.yes + got.no + got.undecided)
			if j.right && float64(got.no)/sum > 0.005+slack/3 {
				t.Errorf("%s: %s denied in %d of %.0f runs", s.name, j.what, got.no, sum)
			}
			if !j.right && float64(got.no)/sum < 0.99-slack-0.05*bool01(got.undecided > 0) {
				t.Errorf("%s: %s: caught in %d of %.0f runs only, %d passed", s.name, j.what, got.no, sum, got.yes)
			}
			if !j.right && float64(got.yes)/sum > 0.01+slack {
				t.Errorf("%s: %s: passed in %d of %.0f runs", s.name, j.what, got.yes, sum)
			}
			if float64(got.undecided)/sum > 0.05+slack {
				t.Errorf("%s: %s: undecided in %d of %.0f runs", s.name, j.what, got.undecided, sum)
			}
		}
	}
	text := strings.Join(lines, "\n") + "\n"
	t.Log("\n" + text)
	if *write {
		if err := os.WriteFile(table, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTable holds the shipped table, of 1,000 trials, to the bounds, and to the
// strategies there are.
func TestTable(t *testing.T) {
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]float64{}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var yes, no, open, more float64
		if _, err := fmt.Sscan(line[42:], &yes, &no, &open, &more); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		rows[strings.TrimSpace(line[:42])] = []float64{yes, no, open}
	}
	for _, s := range strategies {
		for what, right := range map[string]bool{"growth": s.grows, "jitter": s.jitter} {
			r := rows[fmt.Sprintf("%-34s %s", s.name, what)]
			switch {
			case r == nil:
				t.Errorf("%s: %s: not in the table", s.name, what)
			case r[2] >= 5, right && r[1] > 0.5, !right && r[1] < s.caught():
				t.Errorf("%s: %s: %v is out of bounds", s.name, what, r)
			}
		}
	}
}

// caught is how many per cent of a wrong strategy's runs must be denied.
// Constant delays under full jitter look like growth by chance more often.
func (s strategy) caught() float64 {
	if s.name == "constant, full jitter" {
		return 94
	}
	return 98.9
}

func bool01(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
