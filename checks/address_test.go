package checks

import "testing"

func TestPlainURL(t *testing.T) {
	for _, same := range [][]string{
		{"https://pay.example.com/hook", "HTTPS://PAY.Example.com/hook", "https://pay.example.com:443/hook", "https://pay.example.com./hook"},
		{"https://b\u00fccher.example/hook", "https://xn--bcher-kva.example/hook", "https://B\u00dcCHER.example:443/hook"},
		{"https://pay.example.com", "https://pay.example.com/"},
		{"https://pay.example.com:8443/hook"},
		{"https://pay.example.com/hook/"},
		{"https://pay.example.com/HOOK"},
		{"https://pay.example.com/hook?a=B"},
		{"https://[2001:db8::1]/", "https://[2001:DB8::1]:443"},
		{"nonsense"},
	} {
		for _, spelled := range same {
			if got, want := plainURL(spelled), plainURL(same[0]); got != want {
				t.Errorf("%s is %s, want %s", spelled, got, want)
			}
		}
	}
	if a, b := plainURL("https://pay.example.com/hook"), plainURL("https://pay.example.com/hook/"); a == b {
		t.Error("two paths are one")
	}
}

func TestUnfitNames(t *testing.T) {
	for address, want := range map[string]string{
		"https://b\u00fccher.example/hook":                               "",
		"https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/hook": "",
		"https://pay.example.com:8443/hook":                              "",
		"https://PAY.EXAMPLE.COM./":                                      "",
		"https://Hook.NGROK.io":                                          aTunnel,
		"https://hook.localhost\u3002":                                   "has a host that is not public",
		"https://\uff11\uff12\uff17.0.0.1/":                              "has a private address",
		"https://hook../":                                                "has a host that is not public",
		"https://pay.example.com../":                                     "",
		"https://./":                                                     "is no absolute URL",
		"https://2130706433/":                                            "has a host that is not public",
		"https://0x7f.0x0.0x0.0x1/":                                      "has a host that is not public",
	} {
		if got := unfit(address); got != want {
			t.Errorf("%s %q, want %q", address, got, want)
		}
	}
}
