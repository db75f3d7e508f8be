"""Holds every answer that a boto3 client gets to the model that the client itself was made from."""

import json
import re

# What any service may answer without declaring it for each operation.
COMMON = {
    'AccessDeniedException',
    'ExpiredTokenException',
    'IncompleteSignatureException',
    'InvalidSignatureException',
    'MissingAuthenticationTokenException',
    'SerializationException',
    'ThrottlingException',
    'UnrecognizedClientException',
}


class ShapeError(AssertionError):
    """An answer is not what the model says."""


def watch(client, lenient=()):
    """Has each answer of the client checked as it came over the wire: members that have to be there, members that there
    are not, types, enums, patterns, lengths and ranges; of errors their name, status and members.

    lenient: names of shapes whose patterns the service itself does not keep to.
    Returns the counts of checked answers by operation and error, which grow from then on.
    """
    counts = {}
    service = client.meta.service_model
    known_errors = {shape.name: shape for shape in service.error_shapes}

    def check(http_response, model, **_):
        text = http_response.content
        body = json.loads(text) if text else {}
        where = model.name
        if http_response.status_code < 300:
            counts[where] = counts.get(where, 0) + 1
            if model.output_shape is not None:
                _check_structure(model.output_shape, body, where, lenient)
            return
        name = http_response.headers.get('x-amzn-errortype', '').split(':')[0]
        where = f'{where} → {name}'
        counts[where] = counts.get(where, 0) + 1
        declared = {shape.name for shape in model.error_shapes}
        if name not in declared | COMMON:
            raise ShapeError(f'{where}: not an error of this operation, which has {sorted(declared)}: {body}')
        if name in known_errors:
            shape = known_errors[name]
            status = shape.metadata.get('error', {}).get('httpStatusCode')
            if status not in (None, http_response.status_code):
                raise ShapeError(f'{where}: status {http_response.status_code}, not {status}')
            members = {key: value for key, value in body.items() if key != '__type'}
            _check_structure(shape, members, where, lenient)
        if not body.get('message'):
            raise ShapeError(f'{where}: no message')

    client.meta.events.register(f'after-call.{service.service_id.hyphenize()}', check)
    return counts


def _check(shape, value, where, lenient):
    checks = {
        'structure': _check_structure,
        'list': _check_list,
        'map': _check_map,
        'string': _check_string,
        'integer': _check_number,
        'long': _check_number,
        'float': _check_number,
        'double': _check_number,
        'boolean': _check_boolean,
        'timestamp': _check_timestamp,
    }
    checks[shape.type_name](shape, value, where, lenient)


def _check_structure(shape, value, where, lenient):
    _require(isinstance(value, dict), where, value, 'is no object')
    # Those that travel in a header are not in the body.
    members = {
        member.serialization.get('name', name): member
        for name, member in shape.members.items()
        if 'location' not in member.serialization
    }
    required = {shape.members[name].serialization.get('name', name) for name in shape.required_members}
    for name in required:
        _require(value.get(name) is not None, where, value, f'has no {name}')
    for name, each in value.items():
        _require(name in members, where, value, f'has {name}, which the model does not know')
        _require(each is not None, where, value, f'has null for {name}')
        _check(members[name], each, f'{where}.{name}', lenient)


def _check_list(shape, value, where, lenient):
    _require(isinstance(value, list), where, value, 'is no list')
    _check_length(shape, value, where)
    for index, each in enumerate(value):
        _check(shape.member, each, f'{where}[{index}]', lenient)


def _check_map(shape, value, where, lenient):
    _require(isinstance(value, dict), where, value, 'is no map')
    _check_length(shape, value, where)
    for key, each in value.items():
        _check(shape.key, key, f'{where} key', lenient)
        _check(shape.value, each, f'{where}.{key}', lenient)


def _check_string(shape, value, where, lenient):
    _require(isinstance(value, str), where, value, 'is no text')
    enum = shape.metadata.get('enum')
    _require(not enum or value in enum, where, value, f'is none of {enum}')
    _check_length(shape, value, where)
    pattern = shape.metadata.get('pattern')
    if pattern and shape.name not in lenient:
        # A class with a range that Python takes for a mistake: the dash stands for itself there.
        _require(re.search(pattern.replace(r'\w-', r'\w\-'), value), where, value, f'does not fit {pattern}')


def _check_number(shape, value, where, _lenient):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    _require(is_number, where, value, 'is no number')
    if shape.type_name in ('integer', 'long'):
        _require(isinstance(value, int), where, value, 'is no whole number')
    least, most = shape.metadata.get('min'), shape.metadata.get('max')
    _require(least is None or value >= least, where, value, f'is below {least}')
    _require(most is None or value <= most, where, value, f'is above {most}')


def _check_boolean(_shape, value, where, _lenient):
    _require(isinstance(value, bool), where, value, 'is neither true nor false')


def _check_timestamp(_shape, value, where, _lenient):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Seconds: milliseconds would be in a far future.
    _require(is_number and 1e9 < value < 1e10, where, value, 'is no time in seconds')


def _check_length(shape, value, where):
    least, most = shape.metadata.get('min'), shape.metadata.get('max')
    _require(least is None or len(value) >= least, where, value, f'is shorter than {least}')
    _require(most is None or len(value) <= most, where, value, f'is longer than {most}')


def _require(is_so, where, value, complaint):
    if not is_so:
        raise ShapeError(f'{where} {complaint}: {json.dumps(value)[:500]}')
