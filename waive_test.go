package main

import (
	"errors"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestWaivers runs the scripts about waivers, which have days in UTC beside what
// those of TestScripts have: $SOON and $LATE, 30 and 91 days from now, and $GONE,
// two days ago.
func TestWaivers(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "fixtures/scripts/waivers",
		RequireExplicitExec: true,
		Setup:               func(e *testscript.Env) error { return errors.Join(recordings(e), freePorts(e), days(e)) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": exitCode, "await": await, "source": source,
		},
	})
}

func days(e *testscript.Env) error {
	for name, n := range map[string]int{"SOON": 30, "LATE": 91, "GONE": -2} {
		e.Setenv(name, time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly))
	}
	return nil
}
