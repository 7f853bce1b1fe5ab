import { inflateSync } from 'node:zlib';

/**
 * What containerd 1.6.20 (Debian 12) answered by `runtime.v1` with one sandbox, of Pod shop/web-1, joined by the CNI plugin `ptp`.
 * Recorded with the calls that src/adapters/cri makes.
 */
export const RECORDED = {
  uid: '4e9415a7-5a0e-4e48-a4c9-4f363348254a',
  sandbox: 'b5f01ec949d39821775a172daf14f912d41dc51842f80130955a3e6fc1ce00af',
  pid: 29755,
  /** ListPodSandboxResponse */
  list: inflated([
    'eNqNzDEKwjAUAFAEXToWBHFycBJS8pP/m2QQvMpv8oNFsMVaXAUnB8/h6BW8godx9wq+A7ziPSl2DWUNEgOGZIM34BwxOJM4A+YAJiGkSODRZK/B6kDEVuocIYrWnEtbzC7SKCjXKAGB',
    '2CliLQoFvWKMQWG2tbXoDSEvp8O+61fPz+P2ut6/i822mLdddRgbOR3lLEPVd6ka2/Rf9wMo5zZI',
  ]),
  /** PodSandboxStatusResponse, verbose */
  status: inflated([
    'eNrdV0uLG0cQToJzESGHhUDIJWbwKexoHprRY2Ahm921LWzvLtLaJhgjenpqpM6OusfdPavdmIVAyCGH/I4c81tyyT/JLYdUj0ZPWxvhNTkYBJqqrq76qrq6qrr218e1b+MwdT2gnaCT',
    'NDpt32u1QuK1/ISkXpB2PD8JvISGXjvw07brNdxOGJIGNFPqUXBdku40ap9OILa9nXsBdAIvJC07JC7YAQRtmwS0Ywdpo9loBG0/DMhXd9RI5Hd///O3n//46de/v/zm89pnXqdd9zp1',
    'P3Trvn+n9snOR9Fe7Qsm6udFDJKDBlXPRVIvWLKdkZ1f7tbuMJ6KnX++fm3lLLEiv9MKw10rl4KCUn1NdKGsyJIF54wPrV0LzRyTMaicUDjIhALclJJMwa7FxmQIKJwJSrKRUNrJSaEg',
    '8nCb4iRHj/QjuEKJ2wZzSaEGiQo50ewCkI1ANRvDQ8KTrFxZ8M6ucoMO40UF14RxkEkd12j9wl9IneSaCY4+v77etVAwZUP8tsagSUI0Md8c/UdF5WnixsLEzdom3iZ8s9jhFnPCFlox',
    'oVrTmYnhIGESqBbSBMzR49zJKclzkA4uKiNDYsgMUOutKbAtJgSQMV5cGkV0KEWRD3IigWtj1qhFfcqJC6k0iTNwkNxO7/U8pv0cqFEvKHsGUmF8UbdXxzS2E7iw5ulmZDBhZPlvPHB3',
    'rWH5j7qIRK+jF9Y0qayXeDoT46SD+zEwJGYZ0wxKJbEoeGLyFeUP9k8HBw9Pnh+jnPk+3D8YnDw76vW6h0cV637/6Kx7OCNQ9KhXEU8eHZ/MFo6Pzga9/ecVhVsezPcg8XSZuI//C+p0',
    'QRkd33WPD5Hde9Y9mAHof99HjL2Tk7OK8aj7+HH1uf/0sHs2eN7rnh0ZpyFNMStMsn94vmFyjxne6OSD8w3zl4tjmJxKdsEyGJo01bLAoinEuE+FhP3kh2meSyG0yeGc6JGpvEim5rpL',
    'IIng2dV049vLxhjzXptb8tpKQGlmymJ52Rxzw1BAT2tgRSlRSLpEi1nte4FolbmBBjZcAi0/zF1FT97QPb3DlWosVCXcue4Z423KlZaMYo/BGlGiT2AP249ZYD/CXjMMG83zTSadXKuF',
    'WWRM6bndOedmr2DCOFY2Tg2CXI8vSxRus9mcIXKbvmuVhWgv3AhGjcY3xGC6ukV4K5PYEFtbRmH8qoACFrbn9Nz4nPOOx6uuluKMxJprFWMr56TYLoAx48mykZX2h6elwVlt40OZYxv3',
    '6lQyR2Hvj8UlYNO65ZjhvHFuskK2wRHQ1JGgRHZhwKVbOmSu+P/jzyq2TX5hJSacC01mk9DagIGgFljtWWJMUaKON4WrNbscSt7D7LfZAo5G9n/NTZt3r1XTmwVXpribhN9xFjNnZbKl',
    'PAC8Iaz8xMpOskxM5kM3odPJyZKTsWWOjuaF2aFGOMQh3zdz2HSuU6fTlnKLqc55D6c3D97UnVlLwiiZG1WRLKfLZIGVfIks+9wyA6M+EfLclPDKxwuCF6vgDq5w5VDO7CROgla7CbYH',
    'bsNuoR924nqp3aa01Y5bXkAa7TKCY6LOITHBqgZO7I4OoTlD9RWhzIA5J89NA19QUBbMKZFhreL0amCK1oJrGp4cZEzpNdaqmKIjSAYJxIV5eZlC7KRMjidkyZqiipnZaTYerMGOi4W6',
    'dPHJ5KuFhiW4+C1f2diVh0Mcw1+WucNZD1SRlUNJl+N7KyVVVoIeuSX39KB8KE0PtHtqpvultypqf4BhmJCr1QWvjPYTgm8Dq+1HIY2aceTFEWlGDdNx+1VJucVpmpfUJoR+C18gBsUy',
    'vDKpyvUoWl+Zg3XdaPX3vsBeYERJSAI39NM12LzIspl96kcNEjVaEaVRK4iot2K/fHkdHveNq+iNgd0Tha6uW6LMw84tXXcdF726vv4X0nY82A==',
  ]),
};

function inflated(base64: readonly string[]): Uint8Array {
  return inflateSync(Buffer.from(base64.join(''), 'base64'));
}
