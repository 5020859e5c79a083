package checks

import (
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// A person's word counts for an attestable check alone, and for a year.
func TestRefuse(t *testing.T) {
	began := time.Date(2026, 11, 20, 23, 0, 0, 0, time.FixedZone("", -5*3600)) // the 21st in UTC
	for _, c := range []struct{ check, date, why string }{
		{"key-storage", "2026-11-20", ""},
		{"key-storage", "2025-11-21", ""},
		{"key-storage", "2025-11-20", "dated 2025-11-20, 366 days before the run, want 365 at most"},
		{"key-storage", "2026-11-22", ""},
		{"key-storage", "2026-11-23", "dated 2026-11-23, after the run of 2026-11-21"},
		{"key-storage", "soon", ""},
		{"key-storag", "2026-11-20", `there is no check "key-storag"`},
		{"key-bearer", "2026-11-20", "this check goes by what is seen, and nobody's word counts"},
	} {
		got := Refuse(&recording.Attestation{Check: c.check, Statement: "s", By: "Jane Doe", Date: c.date}, began)
		if (got == "") != (c.why == "") || !strings.Contains(got, c.why) {
			t.Errorf("%s of %s: %q, want %q", c.check, c.date, got, c.why)
		}
	}
}
