# Three targets, one a layer (doc/architecture.md): core (C11, knows nothing but
# bytes), net (libuv) and addon (Node-API); each links only what lies below it.
#
# Variables, set as in `node-gyp rebuild -- -Duvws_asan=1`:
#   uvws_asan    AddressSanitizer and UndefinedBehaviorSanitizer
#   uvws_descriptors  0: nothing is read or written by C itself, all goes through
#                node's streams; the only way where there is no epoll
#   uvws_werror  warnings are errors; off by default, as the new warning of an
#                installer's compiler must not break the installation
{
  'variables': {
    'uvws_asan%': 0,
    'uvws_werror%': 0,
    'conditions': [
      ['OS=="linux"', {'uvws_descriptors%': 1}, {'uvws_descriptors%': 0}]
    ]
  },
  'target_defaults': {
    'include_dirs': ['src'],
    'cflags': ['-fvisibility=hidden', '-Wall', '-Wextra'],
    'cflags_c': ['-std=c11'],
    # Node's common.gypi asks for a GNU dialect, -O3 (Release) and, for C++,
    # neither exceptions nor rtti; of these only the dialect is not ours.
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=c++17'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
      'GCC_C_LANGUAGE_STANDARD': 'c11',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'WARNING_CFLAGS': ['-Wall', '-Wextra']
    },
    'msvs_settings': {
      'VCCLCompilerTool': {'WarningLevel': 3}
    },
    'conditions': [
      ['uvws_werror==1', {
        'cflags': ['-Werror'],
        'xcode_settings': {'GCC_TREAT_WARNINGS_AS_ERRORS': 'YES'}
      }],
      ['uvws_asan==1', {
        # vptr checks need rtti. A finding ends the process, so no test passes
        # over it.
        'cflags': [
          '-g',
          '-fsanitize=address,undefined',
          '-fno-sanitize=vptr',
          '-fno-sanitize-recover=undefined'
        ],
        'ldflags': ['-fsanitize=address,undefined']
      }]
    ]
  },
  'targets': [
    {
      'target_name': 'core',
      'type': 'static_library',
      'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/std:c11']}},
      'sources': [
        "<!@(node -p \"require('fs').readdirSync('src/core').filter((name) => name.endsWith('.c')).map((name) => 'src/core/' + name).join(' ')\")"
      ]
    },
    {
      'target_name': 'net',
      'type': 'static_library',
      'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/std:c11']}},
      'dependencies': ['core'],
      'sources': [
        "<!@(node -p \"require('fs').readdirSync('src/net').filter((name) => name.endsWith('.c')).map((name) => 'src/net/' + name).join(' ')\")"
      ],
      # Under strict C11, uv.h misses pthread types, and we accept4 and epoll.
      'conditions': [
        ['uvws_descriptors==0', {
          'sources!': ['src/net/event_set.c', 'src/net/socket.c'],
          'sources': [
            'src/net/streams_only/event_set.c',
            'src/net/streams_only/socket.c'
          ]
        }],
        ['OS=="linux"', {'defines': ['_GNU_SOURCE']}],
        ['OS=="mac"', {'defines': ['_DARWIN_C_SOURCE']}],
        ['OS not in "linux mac win"', {'defines': ['_POSIX_C_SOURCE=200809L']}]
      ]
    },
    {
      'target_name': 'addon',
      'product_name': 'uvws',
      'dependencies': ['net'],
      'sources': [
        "<!@(node -p \"require('fs').readdirSync('src/binding').filter((name) => name.endsWith('.cc')).map((name) => 'src/binding/' + name).join(' ')\")"
      ],
      'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': ['NAPI_VERSION=9', 'NAPI_DISABLE_CPP_EXCEPTIONS']
    }
  ]
}
