package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Private state: a provider's data for an object, which users do not see.

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func setPrivate(ctx context.Context, private privateWriter, key string, value any) diag.Diagnostics {
	raw, err := json.Marshal(value)
	if err != nil {
		return diag.Diagnostics{cannotWritePrivateState(key, err)}
	}
	return private.SetKey(ctx, key, raw)
}

// privateText is a text in private state, empty if there is none.
func privateText(ctx context.Context, private privateReader, key string) (text string) {
	raw, _ := private.GetKey(ctx, key)
	if raw != nil {
		_ = json.Unmarshal(raw, &text) // what cannot be read is as good as none
	}
	return text
}

// setPrivateText keeps a text in private state, or takes an empty one out.
func setPrivateText(ctx context.Context, private privateWriter, key, text string) diag.Diagnostics {
	if text == "" {
		return private.SetKey(ctx, key, nil)
	}
	return setPrivate(ctx, private, key, text)
}

// privateTexts is a map in private state, empty if there is none.
func privateTexts(ctx context.Context, private privateReader, key string) map[string]string {
	texts := map[string]string{}
	raw, _ := private.GetKey(ctx, key)
	if raw != nil {
		_ = json.Unmarshal(raw, &texts)
	}
	return texts
}

// setPrivateTexts keeps a map in private state, or takes an empty one out.
func setPrivateTexts(ctx context.Context, private privateWriter, key string, texts map[string]string) diag.Diagnostics {
	if len(texts) == 0 {
		return private.SetKey(ctx, key, nil)
	}
	return setPrivate(ctx, private, key, texts)
}
