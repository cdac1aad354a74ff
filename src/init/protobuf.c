/* Fields of messages: a tag (number and wire type), then a varint or a length and bytes. */
#include "protobuf.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static size_t put_varint(char *at, uint64_t value)
{
	size_t length = 0;
	for (; value >= 0x80; value >>= 7)
		at[length++] = (char)(value | 0x80);
	at[length++] = (char)value;
	return length;
}

size_t put_number(char *at, uint32_t number, uint64_t value)
{
	size_t length = put_varint(at, (uint64_t)number << 3 | VARINT);
	return length + put_varint(at + length, value);
}

size_t put_length(char *at, uint32_t number, size_t length)
{
	size_t tag = put_varint(at, (uint64_t)number << 3 | BYTES);
	return tag + put_varint(at + tag, length);
}

static bool take_varint(struct cursor *cursor, uint64_t *value)
{
	*value = 0;
	for (unsigned int shift = 0; shift < 64 && cursor->at < cursor->length; shift += 7) {
		uint8_t byte = cursor->bytes[cursor->at++];
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

bool next_field(struct cursor *cursor, struct field *field)
{
	uint64_t tag, length = 0;
	*field = (struct field){0};
	if (!take_varint(cursor, &tag))
		return false;
	field->number = tag >> 3;
	switch (tag & 7) {
	case VARINT:
		return take_varint(cursor, &field->value);
	case FIXED64:
		length = 8;
		break;
	case FIXED32:
		length = 4;
		break;
	case BYTES:
		if (!take_varint(cursor, &length))
			return false;
		break;
	default:
		return false;
	}
	if (length > cursor->length - cursor->at)
		return false;
	field->bytes = cursor->bytes + cursor->at;
	field->length = length;
	cursor->at += length;
	return true;
}
