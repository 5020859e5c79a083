package exercise

import (
	"os"
	"strings"

	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/authority"
)

// environ is the app's whole environment. vars are what it is handed by name;
// the files live in dir. Where NO_PROXY would have led past golive, it is said.
func (b *bench) environ(files authority.Files, dir string, vars map[string]string) ([]string, error) {
	base := os.Environ()
	for name, value := range vars {
		base = append(base, name+"="+value)
	}
	if past := app.Bypasses(base); len(past) > 0 {
		b.say("NO_PROXY: left out for the app, as it leads to Anton past golive: %s", strings.Join(past, ", "))
	}
	return app.Environment(app.Trust{
		Base: os.Environ(), ProxyURL: b.proxy.ProxyURL(), BaseURL: b.proxy.BaseURL(),
		CA: files.CA, Bundle: files.Bundle, Store: files.Store, Dir: dir, Vars: vars,
	})
}
