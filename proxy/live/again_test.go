package live_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/reports"
)

// upset has Anton answer its n-th request with a status, once.
func (r *rig) upset(n, status int) {
	good, asked := r.anton.Config.Handler, 0
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if asked++; asked == n {
			r.asked = append(r.asked, req.Method+" "+req.URL.Path)
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return
		}
		good.ServeHTTP(w, req)
	})
}

// TestOneBadAnswer: a single 429 or 5xx of Anton's, at any place, changes no
// verdict about production and raises no alarm.
func TestOneBadAnswer(t *testing.T) {
	for _, status := range []int{429, 503} {
		for n := 1; n <= 5; n++ {
			t.Run(fmt.Sprintf("%d as answer %d", status, n), func(t *testing.T) {
				r := newRig(t)
				c := r.ready()
				r.upset(n, status)
				seen := r.verdicts(c)
				for _, id := range cutover {
					if v := seen[id]; v.Outcome != checks.Pass {
						t.Errorf("%s: %v %v %v", id, v.Outcome, v.Missing, v.Findings)
					}
				}
				w := newRig(t)
				w.fund()
				w.make("/v1/webhooks", `{"url":"`+hook+`","events":["*"]}`)
				w.upset(n, status)
				if told := w.look(w.watch(100)); told.Exit != reports.ExitCertified {
					t.Errorf("exit %d, %+v", told.Exit, told.Verdicts)
				}
			})
		}
	}
}

// TestNoEndOfBadAnswers: golive asks three times, says that it does, and gives up.
func TestNoEndOfBadAnswers(t *testing.T) {
	for wait, want := range map[string]int{"0": 3, "3600": 1} {
		r := newRig(t)
		c := r.ready()
		r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.asked = append(r.asked, req.URL.Path)
			w.Header().Set("Retry-After", wait)
			w.WriteHeader(429)
		})
		if v := r.verdicts(c)["live-key"]; v.Outcome != checks.Inconclusive || len(r.asked) != want {
			t.Errorf("Retry-After %s: %v, asked %v", wait, v.Outcome, r.asked)
		}
	}
}

// TestUnfinishedLists: of what stands on a page that could not be read, nothing
// is said.
func TestUnfinishedLists(t *testing.T) {
	r := newRig(t)
	c := r.ready()
	good := r.anton.Config.Handler
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		list := slices.Contains([]string{"/v1/corridors", "/v1/webhooks"}, req.URL.Path)
		switch {
		case list && req.URL.Query().Has("cursor"):
			w.WriteHeader(500)
		case list:
			fmt.Fprint(w, `{"data":[],"has_more":true,"next_cursor":"c2"}`)
		default:
			good.ServeHTTP(w, req)
		}
	})
	seen := r.verdicts(c)
	for _, id := range []string{"live-corridors", "live-webhook"} {
		if v := seen[id]; v.Outcome != checks.Inconclusive || !strings.Contains(strings.Join(v.Missing, " "), "read") {
			t.Errorf("%s: %v %v %v", id, v.Outcome, v.Missing, v.Findings)
		}
	}
}

// TestSameCursorForEver ends.
func TestSameCursorForEver(t *testing.T) {
	r := newRig(t)
	c := r.ready()
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked = append(r.asked, req.URL.Path)
		fmt.Fprint(w, `{"data":[],"has_more":true,"next_cursor":"c"}`)
	})
	r.verdicts(c)
	if len(r.asked) > 10 {
		t.Errorf("asked %d times", len(r.asked))
	}
}

// TestUnreadPayouts: where payouts cannot be read, a watch does not end with 0.
func TestUnreadPayouts(t *testing.T) {
	r := newRig(t)
	r.fund()
	r.make("/v1/webhooks", `{"url":"`+hook+`","events":["*"]}`)
	good := r.anton.Config.Handler
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/v1/payouts" {
			good.ServeHTTP(w, req)
			return
		}
		conn, _, _ := http.NewResponseController(w).Hijack()
		conn.Close()
	})
	if seen := r.look(r.watch(100)); seen.Exit == reports.ExitCertified {
		t.Errorf("%+v", seen)
	}
}

// TestSilentDeliveries: a look does not wait for each of many reads that nobody
// answers.
func TestSilentDeliveries(t *testing.T) {
	r := firstDays(t)
	good := r.anton.Config.Handler
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasSuffix(req.URL.Path, "/deliveries") {
			good.ServeHTTP(w, req)
			return
		}
		conn, _, _ := http.NewResponseController(w).Hijack()
		conn.Close()
	})
	if f := r.look(r.watch(1000)).Figures; f.Reads.Silent != 3 || f.Deliveries.Unseen < 100 {
		t.Errorf("%+v", f)
	}
}

// TestSlowAnswer: who waits is told for what.
func TestSlowAnswer(t *testing.T) {
	r := newRig(t)
	c := r.ready()
	told := make(lines, 100)
	c.Narrate = told
	good := r.anton.Config.Handler
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		for req.URL.Path == "/v1/corridors" {
			if line := <-told; line == "GET /v1/corridors is not answered yet, waiting 30s at most\n" {
				break
			}
		}
		good.ServeHTTP(w, req)
	})
	r.verdicts(c)
}

// lines are what is written, one by one.
type lines chan string

func (l lines) Write(text []byte) (int, error) {
	l <- string(text)
	return len(text), nil
}
