package config_test

import (
	"errors"
	"os"
	"testing"

	merchant "github.com/anton-payments/golive/fixtures/merchants/go"
	"github.com/anton-payments/golive/proxy/config"
)

// Whatever a golive.yaml holds: it is refused with a place in it, or it is a
// configuration that can be written out and read again.
func FuzzUsed(f *testing.F) {
	f.Add(merchant.Golive(3000))
	if text, err := os.ReadFile("../../fixtures/merchants/node/golive.yaml"); err == nil {
		f.Add(text)
	}
	f.Add([]byte("app: { env: { A: 1, B: ~ } }\n"))
	f.Add([]byte("a: &a [*a]\nb: !!binary x\n--- \n? x\n"))
	f.Add([]byte("actions: { pay: { http: POST http://127.0.0.1:1/, json: { a: 1.10, b: [null, true, 0x10] } } }\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse("golive.yaml", text)
		if err != nil {
			var p *config.Problem
			if !errors.As(err, &p) || p.Line < 1 || p.Column < 1 || c != nil {
				t.Errorf("%v, config %v", err, c)
			}
			return
		}
		used, err := c.Used(func(value string) string { return "x" })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Parse("used.yaml", used); err != nil {
			t.Errorf("as used it is refused: %v\n%s", err, used)
		}
	})
}
