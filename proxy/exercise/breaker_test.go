package exercise

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHalfOpen tells a circuit breaker from slow retries. Each case is a line of
// tries, "second operation", a success marked by +, and then the moment of asking.
func TestHalfOpen(t *testing.T) {
	for name, c := range map[string]struct {
		tries string
		now   float64
		want  bool
	}{
		"nothing":                     {"", 60, false},
		"one after a minute":          {"0 a, 0.1 b, 0.2 c, 60 b", 76, true},
		"one after a minute, just so": {"0 a, 0.1 b, 0.2 c, 60 b", 74, false},
		"the next of them":            {"0 a, 0.1 b, 0.2 c, 60 b, 120 c", 136, true},
		"one that passed":             {"0 a, 0.1 b, 60 b+", 76, false},
		"alone in the series":         {"0 a, 60 a", 76, false},
		"retries after 20 s":          {"0 a, 0.1 b, 0.2 c, 20 a, 21 b, 24 c", 45, false},
		"and 40":                      {"0 a, 0.1 b, 20 a, 24 b, 60 a", 75, false},
		"another begun between":       {"0 a, 20 b, 40 a", 56, false},
		"retried at once, then open":  {"0 a, 0.1 b, 0.3 a, 0.4 c, 60 a", 76, true},
	} {
		var tries []try
		for _, word := range strings.Split(c.tries, ", ") {
			var at float64
			var operation string
			if n, _ := fmt.Sscanf(word, "%g %s", &at, &operation); n == 2 {
				name := strings.TrimSuffix(operation, "+")
				tries = append(tries, try{name, second(at), name == operation})
			}
		}
		if got := halfOpen(tries, second(c.now)); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func second(s float64) time.Time {
	return time.Unix(0, 0).Add(time.Duration(s * float64(time.Second)))
}
